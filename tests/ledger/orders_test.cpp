// The plan's order and risk cases, with the real engine on the real store: each on both write paths.

#include <boost/test/unit_test.hpp>

#include "tests/ledger/ledger_case.h"

namespace tradingd::test {

namespace {

void rejects(LedgerCase& ledger, const engine::PlaceOrder& order, const engine::RunConfig& config, const char* reason) {
  TestFeed feed(ledger.sql, "us");
  TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", config);
  run.tick(minute(0), "100", "200");
  run.run(order);
  BOOST_TEST(ledger.value("SELECT status FROM paper_order") == "REJECTED");
  BOOST_TEST(ledger.value("SELECT reason FROM paper_order") == reason);
  BOOST_TEST(ledger.count("paper_trade", run.key()) == 0);
  BOOST_TEST(ledger.value("SELECT trim_scale(cash) FROM engine_state") == "1000");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(orders)

BOOST_AUTO_TEST_CASE(OR_01) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    run.tick(minute(0), "100", "200");
    run.run(buy("5"));
    run.tick(minute(1), "110", "200");
    BOOST_TEST(ledger.value("SELECT status FROM paper_order") == "FILLED");
    BOOST_TEST(ledger.value("SELECT trim_scale(price) FROM paper_trade") == "100");
    BOOST_TEST(ledger.value("SELECT trim_scale(quantity) FROM paper_position") == "5");
    BOOST_TEST(ledger.value("SELECT trim_scale(average_cost) FROM paper_position") == "100");
    BOOST_TEST(ledger.value("SELECT trim_scale(equity) FROM paper_equity_curve ORDER BY logical_time DESC LIMIT 1") ==
               "1050");
  });
}

BOOST_AUTO_TEST_CASE(OR_02) {
  on_both_paths([](LedgerCase& ledger) { rejects(ledger, buy("0"), {}, "INVALID_QUANTITY"); });
}

BOOST_AUTO_TEST_CASE(OR_03) {
  on_both_paths([](LedgerCase& ledger) { rejects(ledger, buy("-5"), {}, "INVALID_QUANTITY"); });
}

BOOST_AUTO_TEST_CASE(OR_04) {
  on_both_paths([](LedgerCase& ledger) { rejects(ledger, buy("11"), {}, "INSUFFICIENT_CASH"); });
}

BOOST_AUTO_TEST_CASE(OR_05) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    run.tick(minute(0), "100", "200");
    run.run(buy("5", "90"));
    BOOST_TEST(ledger.value("SELECT status FROM paper_order") == "PENDING");
    BOOST_TEST(ledger.count("paper_trade", run.key()) == 0);
    BOOST_TEST(ledger.value("SELECT trim_scale(reserved) FROM engine_state") == "450");
  });
}

BOOST_AUTO_TEST_CASE(OR_06) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    run.tick(minute(0), "100", "200");
    run.run(buy("5", "90"));
    run.run(engine::Stop{"enough"});
    BOOST_TEST(ledger.value("SELECT status FROM paper_order") == "CANCELED");
    BOOST_TEST(ledger.value("SELECT reason FROM paper_order") == "RUN_STOPPED");
    BOOST_TEST(ledger.value("SELECT trim_scale(reserved) FROM engine_state") == "0");
  });
}

BOOST_AUTO_TEST_CASE(OR_10) {
  on_both_paths([](LedgerCase& ledger) { rejects(ledger, buy("0", "90"), {}, "INVALID_QUANTITY"); });
}

BOOST_AUTO_TEST_CASE(OR_11) {
  on_both_paths([](LedgerCase& ledger) { rejects(ledger, buy("-0.5", "90"), {}, "INVALID_QUANTITY"); });
}

BOOST_AUTO_TEST_CASE(OR_12) {
  on_both_paths([](LedgerCase& ledger) { rejects(ledger, buy("1000"), {}, "INSUFFICIENT_CASH"); });
}

BOOST_AUTO_TEST_CASE(RK_01) {
  on_both_paths([](LedgerCase& ledger) {
    // A limit order is measured by its limit.
    rejects(ledger, buy("11", "99.99"), {}, "INSUFFICIENT_CASH");
  });
}

BOOST_AUTO_TEST_CASE(RK_02) {
  on_both_paths([](LedgerCase& ledger) {
    engine::RunConfig config;
    config.limits.max_position_quantity = Quantity{3 * kScale};
    rejects(ledger, buy("5"), config, "MAX_POSITION_EXCEEDED");
  });
}

BOOST_AUTO_TEST_CASE(RK_03) {
  on_both_paths([](LedgerCase& ledger) {
    engine::RunConfig config;
    config.limits.forbidden_symbols = {"AAPL"};
    rejects(ledger, buy("5"), config, "FORBIDDEN_SYMBOL");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::test
