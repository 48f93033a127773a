#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/unit/engine/random_run.h"

using namespace tradingd;
using namespace tradingd::engine;

namespace {

constexpr std::size_t kStepsPerRun = 500;  // in each of rapidcheck's 100 runs

void check_runs(bool with_plans) {
  const auto word = rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint32_t>()));
  const bool held = rc::check(with_plans ? "runs with plans" : "runs by hand", [&] {
    const std::uint32_t setup = *word;
    // A broken run becomes as short as it can be and still be broken; it tells its steps in words.
    const auto all = rc::gen::container<std::vector<std::uint32_t>>(kStepsPerRun, word);
    const auto words = *rc::gen::shrink(
        all, [](std::vector<std::uint32_t> steps) { return rc::shrink::removeChunks(std::move(steps)); });
    RandomRun run(setup, with_plans);
    for (const std::uint32_t next : words) {
      run.act(next);
    }
  });
  BOOST_TEST(held);
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_runs_by_hand_agree_with_a_naive_model) { check_runs(false); }
BOOST_AUTO_TEST_CASE(random_runs_with_plans_keep_their_accounts) { check_runs(true); }

BOOST_AUTO_TEST_CASE(the_same_inputs_give_the_same_digest) {
  RandomRun first(7, true);
  RandomRun second(7, true);
  RandomRun other(8, true);
  for (std::uint32_t word = 1; word < 300; ++word) {
    first.act(word);
    second.act(word);
    other.act(word);
  }
  BOOST_TEST((first.digest() == second.digest()));
  BOOST_TEST((first.digest() != other.digest()));
}

// A generator that never reaches a case proves nothing about it.
BOOST_AUTO_TEST_CASE(random_runs_reach_every_outcome) {
  std::set<std::string> seen;
  for (std::uint32_t setup = 0; setup < 120; ++setup) {
    RandomRun run(setup, setup % 2 == 0);
    for (std::uint32_t word = 0; word < kStepsPerRun; ++word) {
      run.act(setup * 100'000 + word);
    }
    seen.insert(run.seen().begin(), run.seen().end());
  }
  constexpr const char* kOutcomes[] = {
      "PENDING NONE",
      "PARTIALLY_FILLED NONE",
      "FILLED NONE",
      "CANCELED CANCELED_BY_USER",
      "CANCELED INSUFFICIENT_CASH",
      "CANCELED CORPORATE_ACTION",
      "CANCELED MARGIN_CALL",
      "CANCELED MAX_POSITION_EXCEEDED",
      "CANCELED RUN_STOPPED",
      "CANCELED TRADING_STATE_REDUCING",
      "CANCELED NOT_FILLED_AT_ONCE",
      "CANCELED OCO_ORDER_FILLED",
      "EXPIRED AUCTION_OVER",
      "EXPIRED DAY_ENDED",
      "EXPIRED EXPIRE_TIME_REACHED",
      "REJECTED EXPIRE_TIME_IN_PAST",
      "REJECTED MARKET_CLOSED",
      "REJECTED UNSUPPORTED_ORDER",
      "REPLACED REPLACED_BY_ORDER",
      "REJECTED INSUFFICIENT_CASH",
      "REJECTED INSUFFICIENT_POSITION",
      "REJECTED INVALID_PRICE",
      "REJECTED INVALID_QUANTITY",
      "REJECTED MAX_DAILY_ORDERS_EXCEEDED",
      "REJECTED MAX_GROSS_EXPOSURE_EXCEEDED",
      "REJECTED MAX_OPEN_ORDERS_EXCEEDED",
      "REJECTED MAX_POSITION_EXCEEDED",
      "REJECTED NOTIONAL_ABOVE_MAXIMUM",
      "REJECTED NOTIONAL_BELOW_MINIMUM",
      "REJECTED NO_PRICE",
      "REJECTED PRICE_OUTSIDE_COLLAR",
      "REJECTED RATE_LIMIT_EXCEEDED",
      "REJECTED QUANTITY_ABOVE_MAXIMUM",
      "REJECTED TRADING_HALTED",
      "REJECTED TRADING_STATE_REDUCING",
      "REJECTED UNKNOWN_SYMBOL",
      "refused DUPLICATE_CLIENT_ORDER_ID",
      "refused INSUFFICIENT_CASH",
      "refused INVALID_AMOUNT",
      "refused ORDER_NOT_FOUND",
      "refused ORDER_NOT_OPEN",
      "refused RUN_NOT_RUNNING",
      "SIP_EXECUTED",
      "SIP_SKIPPED",
      "REBALANCED",
      "REBALANCE_SKIPPED",
      "RUN_STARTED",
      "RUN_STOPPED",
      "TRADING_STATE_CHANGED",
      "CORPORATE_ACTION",
      "MARGIN_CALL",
      "REJECTED QUANTITY_BELOW_MINIMUM",
      "a new symbol",
      "the same again",
  };
  for (const char* outcome : kOutcomes) {
    BOOST_TEST(seen.count(outcome) == 1, outcome);
  }
}
