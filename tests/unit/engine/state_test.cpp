// What the ledger keeps of a run: the strategy's fields, digests; and the arithmetic of average cost.
#include <boost/test/unit_test.hpp>
#include <functional>

#include "daemon/engine/accounting.h"
#include "daemon/engine/canonical.h"
#include "daemon/engine/schedule.h"
#include "daemon/engine/step.h"

using namespace tradingd;
using namespace tradingd::engine;

namespace {

StrategyState some_strategy() {
  StrategyState strategy;
  strategy.sip = {Date{18'000}, 2, 3, Date{18'090}, Date{18'091}};
  strategy.sip_residue = {12'345};
  strategy.rebalance = {Date{18'001}, 0, 1, Date{18'365}, std::nullopt};
  strategy.rebalance_buys_due = true;
  strategy.rebalanced_on = Date{18'002};
  strategy.risk = {Date{18'000}, 4, {5}, {6}, {7}, Time{60'000'000}, 8};
  return strategy;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_strategy_is_saved_by_name) {
  const StrategyState strategy = some_strategy();
  const Result<StrategyState> loaded = load_strategy(save(strategy));
  BOOST_TEST_REQUIRE(loaded.ok());
  BOOST_TEST((*loaded == strategy));
  BOOST_TEST(save(StrategyState{}).empty());
  BOOST_TEST((load_strategy({}).value() == StrategyState{}));

  // The ledger gives the names back in an order of its own.
  Fields reversed = save(strategy);
  std::reverse(reversed.begin(), reversed.end());
  BOOST_TEST((load_strategy(reversed).value() == strategy));
}

BOOST_AUTO_TEST_CASE(a_strategy_that_cant_be_read_is_refused) {
  const Fields kBad[] = {{{"sip.color", "blue"}},   {{"sip.anchor", "soon"}}, {{"sip.next_k", "-1"}},
                         {{"sip.next_k", "3x"}},    {{"sip.residue", "1e3"}}, {{"rebalance.buys_due", "yes"}},
                         {{"rebalance.anchor", ""}}};
  for (const Fields& fields : kBad) {
    const Result<StrategyState> loaded = load_strategy(fields);
    BOOST_TEST_REQUIRE(!loaded.ok(), fields.front().first);
    BOOST_TEST(loaded.error().message.find(fields.front().first) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_state_digest_sees_every_part) {
  RunState state;
  state.positions.push_back({{0}, {10}, {20}, {30}, {{{1}, {2}, {10}, {20}}}, {5}, {6}});
  state.open_orders.emplace_back();
  state.strategy = some_strategy();
  const std::vector<std::function<void(RunState&)>> changes{
      [](RunState& s) { s.running = false; },
      [](RunState& s) { ++s.version; },
      [](RunState& s) { s.last_time = {1}; },
      [](RunState& s) { s.last_mark_time = {1}; },
      [](RunState& s) { s.feed_time = {1}; },
      [](RunState& s) { s.trading_state = TradingState::halted; },
      [](RunState& s) { s.cash = {1}; },
      [](RunState& s) { s.reserved = {1}; },
      [](RunState& s) { s.positions[0].quantity = {11}; },
      [](RunState& s) { s.positions[0].cost = {21}; },
      [](RunState& s) { s.positions[0].realized_pnl = {31}; },
      [](RunState& s) { s.positions[0].lots[0].cost = {21}; },
      [](RunState& s) { s.positions[0].lots.clear(); },
      [](RunState& s) { s.positions[0].bar_time = {6}; },
      [](RunState& s) { s.positions[0].bar_traded = {7}; },
      [](RunState& s) { s.positions.clear(); },
      [](RunState& s) { s.open_orders[0].reserved = {1}; },
      [](RunState& s) { s.open_orders[0].limit_price = Price{}; },
      [](RunState& s) { s.open_orders[0].session = Date{}; },
      [](RunState& s) { s.open_orders.clear(); },
      [](RunState& s) { ++s.strategy.sip.next_k; },
      [](RunState& s) { s.strategy.sip_residue = {}; },
      [](RunState& s) { s.strategy.rebalance_buys_due = false; },
      [](RunState& s) { s.strategy.risk.high_water = {}; },
      [](RunState& s) { s.strategy.risk.minute.reset(); },
      [](RunState& s) { ++s.next_order; },
      [](RunState& s) { ++s.next_trade; },
      [](RunState& s) { ++s.next_cash_seq; },
      [](RunState& s) { ++s.next_event_seq; },
      [](RunState& s) { s.digest[31] = 1; },
  };
  const Digest original = digest_of_state(state);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    RunState changed = state;
    changes[i](changed);
    BOOST_TEST((digest_of_state(changed) != original), "change " << i);
  }
  RunState elsewhere = state;
  elsewhere.key = {UserId{5}, RunId{6}};
  elsewhere.targets.resize(3);
  BOOST_TEST((digest_of_state(elsewhere) == original), "surrogate keys and look-ups are no part of it");
}

BOOST_AUTO_TEST_CASE(a_reason_has_one_number_in_digests_for_ever) {
  const std::pair<Reason, int> kOfTheFirstRelease[] = {
      {Reason::none, 0},          {Reason::run_not_running, 1},    {Reason::insufficient_cash, 22},
      {Reason::max_drawdown, 29}, {Reason::order_not_found, 30},   {Reason::oco_order_filled, 38},
      {Reason::within_bands, 41}, {Reason::replaced_by_order, 39}, {Reason::invalid_amount, 44},
  };
  for (const auto& [reason, number] : kOfTheFirstRelease) {
    BOOST_TEST(int{digest_number(reason)} == number, code(reason));
  }
}

BOOST_AUTO_TEST_CASE(a_client_order_is_recognised_by_all_that_was_asked) {
  PlaceOrder placed;
  placed.client_order_id = "mine";
  placed.symbol = "AAPL";
  placed.quantity = {5};
  placed.limit_price = Price{7};
  const std::vector<std::function<void(PlaceOrder&)>> changes{
      [](PlaceOrder& o) { o.symbol = "MSFT"; },        [](PlaceOrder& o) { o.side = Side::sell; },
      [](PlaceOrder& o) { o.tif = TimeInForce::gtc; }, [](PlaceOrder& o) { o.quantity = {6}; },
      [](PlaceOrder& o) { o.limit_price.reset(); },    [](PlaceOrder& o) { o.stop_price = Price{7}; },
      [](PlaceOrder& o) { o.take_profit = Price{9}; }, [](PlaceOrder& o) { o.stop_loss = Price{2}; },
      [](PlaceOrder& o) { o.oco = OrderId{1}; },
  };
  PlaceOrder again = placed;
  again.client_order_id = "another";
  BOOST_TEST((digest_of_fields(again) == digest_of_fields(placed)));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    PlaceOrder other = placed;
    changes[i](other);
    BOOST_TEST((digest_of_fields(other) != digest_of_fields(placed)), "change " << i);
  }
}

BOOST_AUTO_TEST_CASE(records_of_effects_dont_run_into_each_other) {
  Effects one;
  one.events.push_back({1, {2}, EventType::sip_executed, "ab", {{"c", "d"}}});
  Effects other = one;
  other.events[0].key = "a";
  other.events[0].payload = {{"bc", "d"}};
  std::string first;
  std::string second;
  append_canonical(first, one, {});
  append_canonical(second, other, {});
  BOOST_TEST(first != second);

  std::string nothing;
  append_canonical(nothing, one, position_of(one));
  BOOST_TEST(nothing.empty());
}

BOOST_AUTO_TEST_CASE(a_share_of_a_cost_is_rounded_once) {
  struct Row {
    Int128 total;
    std::int64_t part;
    std::int64_t whole;
    Int128 expected;
  };
  const Int128 huge = static_cast<Int128>(kPositionMax.units) * kPriceMax.units / kScale;
  const Row kRows[] = {
      {10, 1, 2, 5},
      {5, 1, 2, 2},  // 2.5: to even
      {7, 1, 2, 4},  // 3.5: to even
      {10, 1, 3, 3},
      {10, 2, 3, 7},
      {0, 1, 3, 0},
      {10, 0, 3, 0},
      {10, 3, 3, 10},
      {huge, kPositionMax.units, kPositionMax.units, huge},
      {huge, kPositionMax.units / 2, kPositionMax.units, huge / 2},
      {huge - 1, kPositionMax.units - 1, kPositionMax.units, huge - 1 - kPriceMax.units / kScale},
  };
  for (const Row& row : kRows) {
    BOOST_TEST(format_units(pro_rata({row.total}, {row.part}, {row.whole}).units) == format_units(row.expected));
  }
}

BOOST_AUTO_TEST_CASE(last_due_is_the_inverse_of_due_date) {
  std::vector<Schedule> schedules;
  for (int interval = 0; interval < 6; ++interval) {
    for (const int day : {1, 15, 28, kMonthEnd}) {
      Schedule schedule;
      schedule.interval = static_cast<Interval>(interval);
      schedule.day_of_month = day;
      schedules.push_back(schedule);
      if (schedule.interval >= Interval::monthly) {
        schedule.nth = day == kMonthEnd ? kLast : 1 + day / 8;
        schedule.weekday = day % 7;
        for (const DayRule rule : {DayRule::weekday, DayRule::trading_day}) {
          schedule.rule = rule;
          schedules.push_back(schedule);
        }
      }
    }
  }
  for (const Schedule& schedule : schedules) {
    const Date anchor = from_civil({2019, 10, 1});
    const Date first = due_date(schedule, nullptr, anchor, 0);
    BOOST_TEST(last_due(schedule, nullptr, anchor, {first.days - 1}) == -1);
    for (std::int64_t k = 0; k < 60; ++k) {
      const Date due = due_date(schedule, nullptr, anchor, k);
      BOOST_TEST_REQUIRE(last_due(schedule, nullptr, anchor, due) == k);
      BOOST_TEST_REQUIRE(last_due(schedule, nullptr, anchor, {due_date(schedule, nullptr, anchor, k + 1).days - 1}) ==
                         k);
    }
  }
}
