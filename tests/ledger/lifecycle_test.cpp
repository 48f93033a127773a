// RL-01 … RL-09 of the acceptance plan against the database alone: what it refuses by itself.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/ledger/ledger_case.h"

namespace tradingd::test {

namespace {

struct ChildInsert {
  const char* table;
  const char* columns;
  const char* values;  // after user_id and run_id
};

/// The least that makes a row of each child.
constexpr ChildInsert kChildren[] = {
    {"engine_state", "", ""},
    {"engine_status", "", ""},
    {"paper_order", ", order_id, symbol, quantity", ", 1, 'AAPL', 10"},
    {"paper_trade", ", trade_id, order_id, symbol, quantity, price", ", 1, 1, 'AAPL', 10, 100"},
    {"paper_position", ", symbol, quantity, cost", ", 'AAPL', 10, 1000"},
    {"cash_ledger", ", seq, kind, amount, balance", ", 1, 'deposit', 5, 5"},
    {"mtm_ledger", ", logical_time", ", '2020-01-02T15:00:00Z'"},
    {"mtm_ledger_1", ", logical_time", ", '2020-01-02T15:01:00Z'"},
    {"paper_equity_curve", ", logical_time", ", '2020-01-02T15:00:00Z'"},
    {"paper_equity_curve_1", ", logical_time", ", '2020-01-02T15:01:00Z'"},
    {"event_ledger", ", seq, type", ", 1, 'NOTE'"},
};

std::string insert(const ChildInsert& child, UserId user, RunId run) {
  return fmt::format("INSERT INTO {} (user_id, run_id{}) VALUES ({}, {}{})", child.table, child.columns, user.value,
                     run.value, child.values);
}

void refuses_writes_when(const std::string& status) {
  LedgerCase ledger(store::WritePath::fast);
  const RunKey run = ledger.add_bare_run(ledger.add_user("alice"), status);
  for (const ChildInsert& child : kChildren) {
    // The foreign keys' own refusal comes first where a row also lacks its parent.
    const std::string expected =
        std::string_view(child.table) == "engine_state" || std::string_view(child.table) == "paper_trade" ? "23503"
                                                                                                          : "TD002";
    BOOST_TEST_CONTEXT(child.table) {
      BOOST_TEST(ledger.refusal(insert(child, run.user, run.run)) == expected);
      BOOST_TEST(ledger.count(child.table, run) == 0);
    }
  }
  BOOST_TEST(ledger.refusal(fmt::format("INSERT INTO engine_state (user_id, run_id, run_status) VALUES ({}, {}, '{}')",
                                        run.user.value, run.run.value, status)) == "TD002");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle)

BOOST_AUTO_TEST_CASE(RL_01) {
  LedgerCase ledger(store::WritePath::fast);
  const RunKey run = ledger.add_bare_run(ledger.add_user("alice"), "RUNNING");
  for (const ChildInsert& child : kChildren) {
    BOOST_TEST_CONTEXT(child.table) {
      BOOST_TEST(ledger.refusal(insert(child, run.user, run.run)) == "");
      BOOST_TEST(ledger.count(child.table, run) >= 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(RL_02) { refuses_writes_when("STOPPED"); }

BOOST_AUTO_TEST_CASE(RL_03) { refuses_writes_when("ERROR"); }

BOOST_AUTO_TEST_CASE(RL_02_updates) {
  LedgerCase ledger(store::WritePath::fast);
  const RunKey run = ledger.add_bare_run(ledger.add_user("alice"), "RUNNING");
  for (const ChildInsert& child : kChildren) ledger.sql.exec(insert(child, run.user, run.run));
  ledger.sql.exec("UPDATE strategy_run SET status = 'STOPPED'");
  BOOST_TEST(ledger.value("SELECT run_status FROM engine_state") == "STOPPED");

  constexpr const char* kUpdates[] = {
      "UPDATE engine_state SET version = version + 1",
      "UPDATE engine_status SET message = 'x'",
      "UPDATE paper_order SET status = 'CANCELED'",
      "UPDATE paper_trade SET fee = 1, fee_parts = '{\"commission\": 1}'",
      "UPDATE paper_position SET realized_pnl = 1",
      "UPDATE cash_ledger SET note = 'x'",
      "UPDATE mtm_ledger SET market_value = 1",
      "UPDATE mtm_ledger_1 SET market_value = 1",
      "UPDATE paper_equity_curve SET cash = 1, equity = 1",
      "UPDATE event_ledger SET key = 'x'",
      "INSERT INTO paper_position (user_id, run_id, symbol) SELECT user_id, run_id, symbol FROM paper_position "
      "ON CONFLICT (user_id, run_id, symbol) DO UPDATE SET quantity = 1",
  };
  for (const char* update : kUpdates) {
    BOOST_TEST_CONTEXT(update) { BOOST_TEST(ledger.refusal(update) == "TD002"); }
  }
  // Nor can a row be moved out of the run.
  const RunKey other = ledger.add_bare_run(run.user, "RUNNING");
  BOOST_TEST(ledger.refusal(fmt::format("UPDATE cash_ledger SET run_id = {}", other.run.value)) == "TD002");
  // Many rows in one statement take the other plan of the guard.
  BOOST_TEST(
      ledger.refusal(fmt::format("INSERT INTO mtm_ledger (user_id, run_id, logical_time) SELECT {}, {}, "
                                 "'2020-02-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, 1000) i",
                                 run.user.value, run.run.value)) == "TD002");
}

BOOST_AUTO_TEST_CASE(RL_04) {
  for (const char* status : {"STOPPED", "ERROR"}) {
    LedgerCase ledger(store::WritePath::fast);
    const RunKey run = ledger.add_bare_run(ledger.add_user("alice"), status);
    for (const char* wanted : {"RUNNING", "STOPPED", "ERROR"}) {
      if (std::string_view(wanted) == status) continue;
      BOOST_TEST(ledger.refusal("UPDATE strategy_run SET status = $1", {wanted}) == "TD004");
    }
    BOOST_TEST(ledger.refusal("UPDATE strategy_run SET stop_reason = 'another'") == "TD004");
    BOOST_TEST(ledger.value("SELECT status FROM strategy_run WHERE run_id = $1", {std::to_string(run.run.value)}) ==
               status);
  }
}

BOOST_AUTO_TEST_CASE(RL_05) {
  LedgerCase ledger(store::WritePath::fast);
  const UserId alice = ledger.add_user("alice");
  ledger.add_bare_run(alice, "RUNNING");
  BOOST_TEST(ledger.refusal("INSERT INTO strategy_run (user_id) VALUES ($1)", {std::to_string(alice.value)}) ==
             "23505");
  BOOST_TEST(ledger.value("SELECT count(*) FROM strategy_run WHERE status = 'RUNNING'") == "1");
  ledger.add_bare_run(alice, "STOPPED");
  ledger.add_bare_run(ledger.add_user("bob"), "RUNNING");
}

BOOST_AUTO_TEST_CASE(RL_06) {
  LedgerCase ledger(store::WritePath::fast);
  const RunKey a = ledger.add_bare_run(ledger.add_user("alice"), "RUNNING");
  const RunKey b = ledger.add_bare_run(ledger.add_user("bob"), "RUNNING");
  for (const ChildInsert& child : kChildren) {
    BOOST_TEST_CONTEXT(child.table) {
      BOOST_TEST(ledger.refusal(insert(child, a.user, b.run)) == "23503");
      BOOST_TEST(ledger.value(fmt::format("SELECT count(*) FROM {}", child.table)) == "0");
    }
  }
}

BOOST_AUTO_TEST_CASE(RL_07) {
  LedgerCase ledger(store::WritePath::fast);
  const RunKey run = ledger.add_bare_run(ledger.add_user("alice"), "RUNNING");
  const RunKey kept = ledger.add_bare_run(ledger.add_user("bob"), "RUNNING");
  for (const ChildInsert& child : kChildren) {
    ledger.sql.exec(insert(child, run.user, run.run));
    ledger.sql.exec(insert(child, kept.user, kept.run));
  }
  ledger.sql.exec("DELETE FROM strategy_run WHERE run_id = $1", {std::to_string(run.run.value)});
  for (const ChildInsert& child : kChildren) {
    BOOST_TEST_CONTEXT(child.table) {
      BOOST_TEST(ledger.count(child.table, run) == 0);
      BOOST_TEST(ledger.count(child.table, kept) >= 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(RL_07_run_delete) {
  LedgerCase ledger(store::WritePath::fast);
  const UserId alice = ledger.add_user("alice");
  const RunKey running = ledger.add_bare_run(alice, "RUNNING");
  const RunKey stopped = ledger.add_bare_run(alice, "STOPPED");
  store::Connection runtime(ledger.runtime());
  const auto run_delete = [&](RunKey run) {
    return runtime.exec("SELECT run_delete($1, $2)", {std::to_string(run.user.value), std::to_string(run.run.value)})
        .boolean(0, 0);
  };
  BOOST_CHECK_EXCEPTION(run_delete(running), store::DatabaseError,
                        [](const store::DatabaseError& error) { return error.sqlstate() == "TD005"; });
  BOOST_TEST(run_delete(stopped));
  BOOST_TEST(!run_delete(stopped));
  BOOST_TEST(ledger.value("SELECT count(*) FROM strategy_run") == "1");
}

BOOST_AUTO_TEST_CASE(RL_08) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    const TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    BOOST_TEST(ledger.value("SELECT status FROM strategy_run") == "RUNNING");
    BOOST_TEST(ledger.count("engine_status", run.key()) == 1);
    BOOST_TEST(ledger.value("SELECT trim_scale(cash) FROM engine_state") == "1000");
    BOOST_TEST(ledger.value("SELECT type FROM event_ledger") == "RUN_STARTED");
  });
}

BOOST_AUTO_TEST_CASE(RL_09) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    run.tick(minute(0), "100", "200");
    run.run(engine::Stop{"enough"});
    BOOST_TEST(ledger.value("SELECT status FROM strategy_run") == "STOPPED");
    BOOST_TEST(ledger.value("SELECT run_status FROM engine_state") == "STOPPED");
    BOOST_TEST(ledger.value("SELECT stop_reason FROM strategy_run") == "stopped by the test");
    BOOST_TEST(ledger.value("SELECT stopped_at IS NOT NULL FROM strategy_run") == "t");

    // The engine lets nothing in any more; were it to, the ledger wouldn't.
    const engine::Tick& tick = feed.tick(minute(1), "101", "200");
    run.state.running = true;
    run.step_at(minute(1), engine::RunTick{&tick});
    const engine::ApplyOutcome outcome = run.commit();
    BOOST_TEST(outcome.refused.size() == 1U);
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 1);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::test
