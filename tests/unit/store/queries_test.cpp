// Lists and rows of a small ledger, as the read-only role.
#include "daemon/store/queries.h"

#include <boost/test/unit_test.hpp>
#include <set>
#include <thread>

#include "daemon/store/read_pool.h"
#include "daemon/store/values.h"
#include "tests/support/postgres.h"

using namespace tradingd;
using namespace tradingd::store;
using nlohmann::json;

namespace {

// Two users. Alice's run 7 trades two symbols; Bob's run 8 stands beside it to be mixed up with.
constexpr const char* kLedger = R"(
INSERT INTO app_user (user_id, name, uid, role) VALUES (1, 'alice', 1000, 'admin'), (2, 'bob', NULL, 'user');
INSERT INTO market_feed (feed_id, name, kind, rows_rejected, last_logical_time, ticks)
  VALUES (1, 'us', 'csv', '{"BAD_PRICE": 2}', '2020-04-17 20:00:00.5+00', 3);
INSERT INTO market_instrument (feed_id, instrument_id, symbol) VALUES (1, 0, 'AAPL'), (1, 1, 'MSFT'), (1, 2, 'NONE');
INSERT INTO market_tick (feed_id, logical_time, session_date) VALUES
  (1, '2020-04-15 20:00Z', '2020-04-15'), (1, '2020-04-16 20:00Z', '2020-04-16'),
  (1, '2020-04-17 20:00:00.5Z', '2020-04-17');
INSERT INTO market_bar (feed_id, logical_time, instrument_id, symbol, open, high, low, close) VALUES
  (1, '2020-04-15 20:00Z', 0, 'AAPL', 100, 100, 100, 100), (1, '2020-04-16 20:00Z', 0, 'AAPL', 110, 110, 110, 110),
  (1, '2020-04-15 20:00Z', 1, 'MSFT', 0.00000001, 0.00000001, 0.00000001, 0.00000001),
  (1, '2020-04-17 20:00:00.5Z', 0, 'AAPL', 999, 999, 999, 999);
INSERT INTO strategy_run (user_id, run_id, name, strategy, feed_id, config, config_hash, initial_cash, start_time)
  VALUES (1, 7, 'mine', 'sip', 1, '{"a": {"b": 1}}', '\x00ff', 10000, '2020-04-15 20:00Z'),
         (2, 8, '', 'manual', 1, '{}', '', 500, '-infinity');
INSERT INTO strategy_run (user_id, run_id, status, stop_reason) VALUES (1, 6, 'STOPPED', 'enough');
INSERT INTO engine_state (user_id, run_id, cash, reserved, last_logical_time, version)
  VALUES (1, 7, 8900.5, 100, '2020-04-16 20:00Z', 12), (2, 8, 500, 0, '-infinity', 1);
INSERT INTO paper_order (user_id, run_id, order_id, client_order_id, symbol, status, quantity, filled, reason, reserved,
                         limit_price)
  SELECT 1, 7, n, CASE WHEN n = 2 THEN 'mine-2' END, 'AAPL',
         CASE WHEN n <= 2 THEN 'FILLED' WHEN n = 3 THEN 'REJECTED' ELSE 'PENDING' END, 5,
         CASE WHEN n <= 2 THEN 5 ELSE 0 END, CASE WHEN n = 3 THEN 'INSUFFICIENT_CASH' END, 0,
         CASE WHEN n > 2 THEN 99.50 END
  FROM generate_series(1, 25) n;
INSERT INTO paper_order (user_id, run_id, order_id, symbol, quantity) VALUES (2, 8, 1, 'MSFT', 1);
INSERT INTO paper_trade (user_id, run_id, trade_id, order_id, symbol, quantity, price, notional, fee, fee_parts,
                         logical_time)
  VALUES (1, 7, 1, 1, 'AAPL', 5, 100, 500, 1.5, '{"stamp_duty": "0.5", "brokerage": "1"}', '2020-04-15 20:00Z'),
         (1, 7, 2, 2, 'AAPL', 5, 120, 600, 1, '{"commission": "1"}', '2020-04-16 20:00Z');
INSERT INTO paper_position (user_id, run_id, symbol, instrument_id, quantity, cost, realized_pnl)
  VALUES (1, 7, 'AAPL', 0, 10, 1100, 3), (1, 7, 'MSFT', 1, 0.5, 0, 0), (1, 7, 'NONE', 2, 0, 0, 0);
INSERT INTO cash_ledger (user_id, run_id, seq, kind, amount, balance) VALUES
  (1, 7, 1, 'initial', 10000, 10000), (1, 7, 2, 'trade', -1100, 8900), (1, 7, 3, 'fee', -2.5, 8897.5),
  (1, 7, 4, 'deposit', 3, 8900.5);
INSERT INTO mtm_ledger (user_id, run_id, logical_time, market_value, unrealized_pnl) VALUES
  (1, 7, '2020-04-15 20:00Z', 1, 1), (1, 7, '2020-04-16 20:00Z', 1100, 0);
INSERT INTO paper_equity_curve (user_id, run_id, logical_time, cash, mtm, equity) VALUES
  (1, 7, '2020-04-15 20:00Z', 9500, 1, 9501), (1, 7, '2020-04-16 20:00Z', 8900.5, 1100, 10000.5);
INSERT INTO event_ledger (user_id, run_id, seq, type, payload) VALUES
  (1, 7, 1, 'RUN_STARTED', '{}'), (1, 7, 2, 'SIP_EXECUTED', '{"amount": "100"}');
)";

const Filters kAliceRun{{"user_id", "1"}, {"run_id", "7"}};

struct Fixture {
  test::TestDatabase database;
  Connection admin{ConnectionOptions{database.dsn(), "", "test"}};
  Connection reader{ConnectionOptions{database.dsn(), "tradingd_readonly", "test"}};

  Fixture() { admin.exec(kLedger); }

  Page all(ListName name, const Filters& filters = {}, PageRequest page = {}) {
    const auto result = list(reader, name, filters, page);
    BOOST_REQUIRE_EQUAL(result.ok() ? "" : result.error().message, "");
    return *result;
  }
  json one(RowName name, const Filters& filters) {
    const auto result = row(reader, name, filters);
    BOOST_REQUIRE_EQUAL(result.ok() ? "" : result.error().message, "");
    return result->value_or(json());
  }
};

/// The page's values of the named columns.
json columns_of(const Page& page, const std::vector<std::string>& names) {
  json result = json::array();
  for (const json& values : page.rows) {
    json row = json::array();
    for (const std::string& name : names) {
      const auto place = std::find(page.columns.begin(), page.columns.end(), name) - page.columns.begin();
      row.push_back(values.at(static_cast<std::size_t>(place)));
    }
    result.push_back(std::move(row));
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(queries)

BOOST_AUTO_TEST_CASE(values_have_their_wire_forms) {
  const struct {
    const char* in;
    const char* out;
  } decimals[] = {{"12.50000000", "12.5"},      {"100.00000000", "100"}, {"100", "100"},
                  {"0.00000001", "0.00000001"}, {"-0.10", "-0.1"},       {"0.00000000", "0"}};
  for (const auto& entry : decimals) {
    BOOST_TEST(without_trailing_zeros(entry.in) == entry.out);
  }
  BOOST_TEST(iso_time("2020-04-17 20:00:00+00").value() == "2020-04-17T20:00:00Z");
  BOOST_TEST(iso_time("2020-04-17 20:00:00.000001+00").value() == "2020-04-17T20:00:00.000001Z");
  BOOST_TEST(!iso_time("-infinity").has_value());
  BOOST_TEST((time_from_database("1969-12-31 23:59:59.999999+00") == Time{-1}));
  ArrayText array;
  array.add("a\"b\\c");
  array.add("");
  BOOST_TEST(std::move(array).finish() == R"({"a\"b\\c",""})");
}

BOOST_AUTO_TEST_CASE(every_list_answers) {
  Fixture f;
  const struct {
    ListName name;
    Filters filters;
    std::size_t rows;
  } cases[] = {
      {ListName::users, {}, 2},
      {ListName::feeds, {}, 1},
      {ListName::runs, {}, 3},
      {ListName::orders, kAliceRun, 25},
      {ListName::trades, kAliceRun, 2},
      {ListName::positions, kAliceRun, 3},
      {ListName::events, kAliceRun, 2},
      {ListName::cash, kAliceRun, 4},
      {ListName::equity, kAliceRun, 2},
      {ListName::runs, {{"user_id", "1"}}, 2},
      {ListName::runs, {{"user_id", "1"}, {"status", "RUNNING"}}, 1},
  };
  for (const auto& entry : cases) {
    const Page page = f.all(entry.name, entry.filters);
    BOOST_TEST(page.rows.size() == entry.rows);
    BOOST_TEST(page.next.is_null());
    for (const json& values : page.rows) {
      BOOST_TEST(values.size() == page.columns.size());
    }
    BOOST_TEST(std::set(page.columns.begin(), page.columns.end()).size() == page.columns.size());
  }
}

BOOST_AUTO_TEST_CASE(lists_show_the_ledger_as_it_is) {
  Fixture f;
  BOOST_TEST(columns_of(f.all(ListName::users), {"name", "uid", "role", "running_run_id"}) ==
             json::parse(R"([["alice", 1000, "admin", 7], ["bob", null, "user", 8]])"));
  BOOST_TEST(columns_of(f.all(ListName::feeds), {"name", "instruments", "last_logical_time", "rows_rejected"}) ==
             json::parse(R"([["us", 3, "2020-04-17T20:00:00.5Z", {"BAD_PRICE": 2}]])"));
  BOOST_TEST(columns_of(f.all(ListName::runs),
                        {"run_id", "user_name", "status", "feed", "cash", "equity", "last_logical_time"}) ==
             json::parse(R"([[6, "alice", "STOPPED", null, null, null, null],
                             [7, "alice", "RUNNING", "us", "8900.5", "10000.5", "2020-04-16T20:00:00Z"],
                             [8, "bob", "RUNNING", "us", "500", "500", null]])"));
  BOOST_TEST(columns_of(f.all(ListName::trades, kAliceRun), {"trade_id", "price", "fee", "logical_time"}) ==
             json::parse(R"([[1, "100", "1.5", "2020-04-15T20:00:00Z"], [2, "120", "1", "2020-04-16T20:00:00Z"]])"));
  BOOST_TEST(columns_of(f.all(ListName::cash, kAliceRun), {"seq", "kind", "amount", "balance"}).at(2) ==
             json::parse(R"([3, "fee", "-2.5", "8897.5"])"));
  BOOST_TEST(columns_of(f.all(ListName::events, kAliceRun), {"type", "payload"}).at(1) ==
             json::parse(R"(["SIP_EXECUTED", {"amount": "100"}])"));
}

BOOST_AUTO_TEST_CASE(positions_are_marked_at_the_last_price_that_the_run_saw) {
  Fixture f;
  // The feed is a tick ahead of the run. Half a unit of 1e-8 is rounded to even, which is 0.
  BOOST_TEST(columns_of(f.all(ListName::positions, kAliceRun),
                        {"symbol", "quantity", "average_cost", "last_price", "market_value", "unrealized_pnl"}) ==
             json::parse(R"([["AAPL", "10", "110", "110", "1100", "0"],
                             ["MSFT", "0.5", "0", "0.00000001", "0", "0"],
                             ["NONE", "0", "0", null, null, null]])"));
  const char* const quantities[] = {"0.5", "0.50000001", "1.5", "2.5", "3.5"};
  const char* const values[] = {"0", "0.00000001", "0.00000002", "0.00000002", "0.00000004"};
  for (std::size_t i = 0; i < std::size(quantities); ++i) {
    f.admin.exec("UPDATE paper_position SET quantity = $1 WHERE symbol = 'MSFT'", {quantities[i]});
    const Page page = f.all(ListName::positions, {{"user_id", "1"}, {"run_id", "7"}, {"symbol", "MSFT"}});
    BOOST_TEST(columns_of(page, {"market_value"}).at(0).at(0) == values[i]);
  }
}

BOOST_AUTO_TEST_CASE(pages_follow_each_other_without_gap_or_repetition) {
  Fixture f;
  for (const bool reverse : {false, true}) {
    for (const int limit : {1, 7, 12, 24, 25, 26}) {
      std::vector<int> ids;
      PageRequest request{nullptr, limit, reverse};
      do {
        const Page page = f.all(ListName::orders, kAliceRun, request);
        BOOST_REQUIRE(page.rows.size() <= static_cast<std::size_t>(limit));
        for (const json& values : page.rows) {
          ids.push_back(values.at(0).get<int>());
        }
        request.after = page.next;
      } while (!request.after.is_null());
      BOOST_REQUIRE_EQUAL(ids.size(), 25U);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        BOOST_TEST(ids[i] == (reverse ? 25 - static_cast<int>(i) : static_cast<int>(i) + 1));
      }
    }
  }
  // A list ordered by time goes on at a microsecond; a cursor may come back as text.
  const Page first = f.all(ListName::equity, kAliceRun, {nullptr, 1, false});
  BOOST_TEST(first.next == "2020-04-15T20:00:00Z");
  BOOST_TEST(f.all(ListName::equity, kAliceRun, {first.next, 1, false}).rows.size() == 1U);
  BOOST_TEST(f.all(ListName::orders, kAliceRun, {"24", 10, false}).rows.size() == 1U);
  BOOST_TEST(f.all(ListName::orders, kAliceRun, {nullptr, -5, false}).rows.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_cursor_from_elsewhere_is_refused) {
  Fixture f;
  for (const json& cursor : {json("x'; DROP TABLE app_user"), json(1.5), json::array(), json::object(), json(true)}) {
    const auto result = list(f.reader, ListName::orders, kAliceRun, {cursor, 10, false});
    BOOST_REQUIRE(!result.ok());
    BOOST_TEST((result.error().kind == StoreErrorKind::refused));
    BOOST_TEST(result.error().message.find("after") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(filters_narrow_a_list) {
  Fixture f;
  Filters filters = kAliceRun;
  filters["status"] = "FILLED";
  BOOST_TEST(columns_of(f.all(ListName::orders, filters), {"order_id", "filled"}) ==
             json::parse(R"([[1, "5"], [2, "5"]])"));
  filters["status"] = "x' OR true --";
  BOOST_TEST(f.all(ListName::orders, filters).rows.empty());
  BOOST_TEST(f.all(ListName::orders, {{"user_id", "2"}, {"run_id", "7"}}).rows.empty());  // not Bob's run
}

BOOST_AUTO_TEST_CASE(rows_add_up) {
  Fixture f;
  const json run = f.one(RowName::run, kAliceRun);
  const auto expected = json::parse(R"({
    "run_id": 7, "user_name": "alice", "name": "mine", "status": "RUNNING", "stop_reason": null, "strategy": "sip",
    "feed": "us", "initial_cash": "10000", "net_deposits": "10003", "cash": "8900.5", "reserved": "100",
    "available": "8800.5", "market_value": "1100", "equity": "10000.5", "profit": "-2.5",
    "return_on_deposits": "-0.00024993", "unrealized_pnl": "0", "realized_pnl": "3", "fees": "2.5", "positions": 2,
    "orders": 25, "open_orders": 22, "trades": 2, "inputs": 12, "start_time": "2020-04-15T20:00:00Z",
    "last_logical_time": "2020-04-16T20:00:00Z", "last_mark_time": null, "stopped_at": null,
    "config": {"a": {"b": 1}}, "config_hash": "00ff"})");
  for (const auto& [key, value] : expected.items()) {
    BOOST_TEST(run.at(key) == value, key << " is " << run.at(key).dump() << ", not " << value.dump());
  }
  const json fresh = f.one(RowName::run, {{"user_id", "2"}, {"run_id", "8"}});
  BOOST_TEST(fresh.at("net_deposits") == "0");
  BOOST_TEST(fresh.at("return_on_deposits").is_null());

  BOOST_TEST(f.one(RowName::user, {{"name", "alice"}}).at("runs") == 2);
  BOOST_TEST(f.one(RowName::feed, {{"name", "us"}}).at("symbols") == json::parse(R"(["AAPL", "MSFT", "NONE"])"));
  Filters order = kAliceRun;
  order["client_order_id"] = "mine-2";
  BOOST_TEST(f.one(RowName::order, order).at("order_id") == 2);
  BOOST_TEST(f.one(RowName::user, {{"name", "nobody"}}).is_null());
  BOOST_TEST(f.one(RowName::run, {{"user_id", "2"}, {"run_id", "7"}}).is_null());
}

BOOST_AUTO_TEST_CASE(the_pool_serves_many_threads_and_survives_a_lost_server) {
  Fixture f;
  ReadPool pool(ConnectionOptions{f.database.dsn(), "tradingd_readonly", "pool"}, 2);
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) {
        const auto page = pool.list(ListName::orders, kAliceRun, {});
        served += page.ok() && page->rows.size() == 25 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  BOOST_TEST(served == 60);
  const Rows sessions = f.admin.exec("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pool'");
  BOOST_TEST(sessions.integer(0, 0) <= 2);

  f.admin.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pool'");
  BOOST_TEST(pool.row(RowName::user, {{"name", "bob"}}).ok());

  const auto written = pool.with<int>([](Connection& connection) -> StoreResult<int> {
    connection.exec("INSERT INTO app_user (name) VALUES ('eve')");
    return 1;
  });
  BOOST_REQUIRE(!written.ok());
  BOOST_TEST(written.error().message.find("read-only") != std::string::npos);
  BOOST_TEST(pool.row(RowName::user, {{"name", "bob"}}).ok());

  ReadPool nowhere(ConnectionOptions{"host=/nonexistent dbname=x", "", ""}, 1);
  for (int i = 0; i < 2; ++i) {  // a failure gives its place back
    const auto page = nowhere.list(ListName::users, {}, {});
    BOOST_REQUIRE(!page.ok());
    BOOST_TEST((page.error().kind == StoreErrorKind::unavailable));
  }
}

BOOST_AUTO_TEST_SUITE_END()
