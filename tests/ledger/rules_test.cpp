// The ledger's rules one by one: order transitions, what each role may do, and that every invariant fires.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "daemon/store/migrations.h"
#include "tests/ledger/ledger_case.h"

namespace tradingd::test {

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(order_transitions_are_the_engines) {
  using engine::OrderStatus;
  LedgerCase ledger(store::WritePath::checked);
  const RunKey run = ledger.add_bare_run(ledger.add_user("alice"), "RUNNING");
  int id = 0;
  for (int from = 0; from <= static_cast<int>(OrderStatus::rejected); ++from) {
    for (int to = 0; to <= static_cast<int>(OrderStatus::rejected); ++to) {
      const auto from_status = static_cast<OrderStatus>(from);
      const auto to_status = static_cast<OrderStatus>(to);
      const bool allowed = may_become(from_status, to_status);
      BOOST_TEST_CONTEXT(to_text(from_status) << " to " << to_text(to_status)) {
        const auto filled = [](OrderStatus status) {
          return status == OrderStatus::filled ? "10" : status == OrderStatus::partially_filled ? "4" : "0";
        };
        ledger.sql.exec(
            "INSERT INTO paper_order (user_id, run_id, order_id, symbol, quantity, status, filled) "
            "VALUES ($1, $2, $3, 'AAPL', 10, $4, $5)",
            {std::to_string(run.user.value), std::to_string(run.run.value), std::to_string(++id),
             std::string(to_text(from_status)), filled(from_status)});
        const std::string refusal = ledger.refusal(
            "UPDATE paper_order SET status = $2, filled = greatest(filled, $3), reason_detail = 'x' WHERE order_id = "
            "$1",
            {std::to_string(id), std::string(to_text(to_status)), filled(to_status)});
        BOOST_TEST(refusal == (allowed ? "" : "TD004"));
        BOOST_TEST(ledger.sql
                       .exec("SELECT order_may_become($1, $2)",
                             {std::string(to_text(from_status)), std::string(to_text(to_status))})
                       .boolean(0, 0) == allowed);
      }
    }
  }
  // It holds with the other triggers off, too: that is how the fast path writes.
  ledger.sql.exec("SET session_replication_role = replica");
  BOOST_TEST(ledger.refusal("UPDATE paper_order SET status = 'PENDING' WHERE status = 'FILLED'") == "TD004");
  BOOST_TEST(ledger.refusal("UPDATE strategy_run SET status = 'STOPPED'") == "");
  BOOST_TEST(ledger.refusal("UPDATE strategy_run SET status = 'RUNNING'") == "TD004");
  ledger.sql.exec("SET session_replication_role = origin; DELETE FROM strategy_run");
  ledger.sql.exec("DELETE FROM paper_order");
}

struct Attempt {
  const char* role;
  const char* statement;
  const char* sqlstate;
};

constexpr Attempt kAttempts[] = {
    {"tradingd_runtime", "DELETE FROM paper_trade", "42501"},
    {"tradingd_runtime", "DELETE FROM strategy_run", "42501"},
    {"tradingd_runtime", "DELETE FROM command_log", "42501"},
    {"tradingd_runtime", "TRUNCATE event_ledger", "42501"},
    {"tradingd_runtime", "UPDATE paper_trade SET price = 1", "42501"},
    {"tradingd_runtime", "UPDATE cash_ledger SET amount = 1", "42501"},
    {"tradingd_runtime", "UPDATE command_log SET ok = true", "42501"},
    {"tradingd_runtime", "UPDATE strategy_run SET initial_cash = 1", "42501"},
    {"tradingd_runtime", "UPDATE engine_state SET cash = 1", "42501"},
    {"tradingd_runtime", "UPDATE schema_version SET version = 1", "42501"},
    {"tradingd_runtime", "INSERT INTO engine_shard (shard_id) VALUES (1)", "42501"},
    {"tradingd_runtime", "DO $$ BEGIN LOCK TABLE paper_trade IN ACCESS EXCLUSIVE MODE; END $$", "42501"},
    {"tradingd_runtime", "CREATE TABLE tradingd.x (a int)", "42501"},
    {"tradingd_runtime", "CREATE TABLE public.x (a int)", "42501"},
    {"tradingd_runtime", "CREATE TEMP TABLE x (a int)", "42501"},
    {"tradingd_runtime", "DROP TABLE paper_trade", "42501"},
    {"tradingd_runtime", "ALTER TABLE paper_order DISABLE TRIGGER ALL", "42501"},
    {"tradingd_runtime", "CREATE FUNCTION tradingd.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "42501"},
    {"tradingd_runtime", "SET session_replication_role = replica", "42501"},
    {"tradingd_runtime", "SELECT pass_fence(1, 1, '{1}')", "42501"},
    {"tradingd_runtime", "SELECT choose_write_path()", "42501"},
    {"tradingd_runtime", "GRANT tradingd_owner TO tradingd_runtime", "42501"},
    {"tradingd_runtime", "COPY paper_trade TO '/tmp/x'", "42501"},
    {"tradingd_runtime", "SELECT count(*) FROM paper_trade", ""},
    {"tradingd_readonly", "SELECT count(*) FROM paper_trade", ""},
    {"tradingd_readonly", "INSERT INTO app_user (name) VALUES ('x')", "42501"},
    {"tradingd_readonly", "UPDATE engine_shard SET holder = 'x'", "42501"},
    {"tradingd_readonly", "DELETE FROM app_user", "42501"},
    {"tradingd_readonly", "SELECT run_delete(1, 1)", "42501"},
    {"tradingd_readonly", "SELECT fail_run(1, 1, '{1}', 1, 1, 'x')", "42501"},
    {"tradingd_readonly", "SELECT nextval('engine_epoch_seq')", "42501"},
    {"tradingd_readonly", "CREATE TEMP TABLE x (a int)", "42501"},
};

BOOST_AUTO_TEST_CASE(roles_may_do_what_they_need) {
  LedgerCase ledger(store::WritePath::fast);
  for (const Attempt& attempt : kAttempts) {
    ledger.sql.exec(fmt::format("SET ROLE {}", attempt.role));
    // The superuser of these tests would keep his right to the parameter under any role of SET ROLE's.
    if (std::string_view(attempt.statement).starts_with("SET session")) {
      ledger.sql.exec(fmt::format("RESET ROLE; SET SESSION AUTHORIZATION {}", attempt.role));
    }
    BOOST_TEST_CONTEXT(attempt.role << ": " << attempt.statement) {
      BOOST_TEST(ledger.refusal(attempt.statement) == attempt.sqlstate);
    }
    ledger.sql.exec("RESET SESSION AUTHORIZATION; RESET ROLE");
  }
}

struct Corruption {
  const char* invariant;
  const char* statement;
};

/// One planted fault per invariant, on a ledger with a filled order, a resting one and three ticks.
constexpr Corruption kCorruptions[] = {
    {"orphan_engine_state", "INSERT INTO engine_state (user_id, run_id) VALUES (99, 99)"},
    {"duplicate_mark",
     "ALTER TABLE mtm_ledger DROP CONSTRAINT mtm_ledger_pkey; INSERT INTO mtm_ledger SELECT * FROM mtm_ledger"},
    {"two_running_runs", "DROP INDEX strategy_run_one_running_idx; INSERT INTO strategy_run (user_id) VALUES (1)"},
    {"orphan_paper_position", "INSERT INTO paper_position (user_id, run_id, symbol) VALUES (99, 99, 'X')"},
    {"orphan_mtm_ledger", "INSERT INTO mtm_ledger (user_id, run_id, logical_time) VALUES (99, 99, now())"},
    {"status_mirror", "UPDATE engine_state SET run_status = 'STOPPED'"},
    {"trade_of_order", "UPDATE paper_trade SET order_id = 99"},
    {"trade_of_order", "UPDATE paper_trade SET symbol = 'MSFT'"},
    {"cash_of_trade", "UPDATE cash_ledger SET trade_id = 99 WHERE trade_id IS NOT NULL"},
    {"cash_is_sum", "UPDATE engine_state SET cash = cash + 0.00000001"},
    {"cash_chain", "UPDATE cash_ledger SET balance = balance + 0.00000001 WHERE seq = 2"},
    {"initial_cash", "UPDATE strategy_run SET initial_cash = 5"},
    {"cash_reserved", "UPDATE engine_state SET reserved = reserved + 1"},
    {"trade_cash", "UPDATE paper_trade SET fee = fee + 0.01, fee_parts = jsonb_build_object('commission', fee + 0.01)"},
    {"order_filled", "UPDATE paper_order SET filled = 1 WHERE status = 'PENDING'"},
    {"order_status_of_fills", "UPDATE paper_order SET filled = 1 WHERE status = 'PENDING'"},
    {"position_is_trades", "UPDATE paper_position SET quantity = quantity + 1"},
    {"position_is_trades", "DELETE FROM paper_position"},
    {"position_cost", "UPDATE paper_position SET cost = cost + 0.01"},
    {"equity_is_cash_and_marks",
     "ALTER TABLE paper_equity_curve DROP CONSTRAINT paper_equity_curve_check; UPDATE paper_equity_curve SET equity = "
     "equity + 1"},
    {"equity_and_mark_pair", "DELETE FROM mtm_ledger WHERE logical_time = (SELECT min(logical_time) FROM mtm_ledger)"},
    {"counters", "UPDATE engine_state SET next_order = next_order + 1"},
    {"counters", "DELETE FROM event_ledger"},
    {"nothing_after_last_time", "UPDATE engine_state SET last_logical_time = last_logical_time - interval '1 day'"},
    {"nothing_after_last_time", "UPDATE engine_state SET last_mark_time = last_mark_time - interval '1 second'"},
};

BOOST_AUTO_TEST_CASE(every_invariant_fires) {
  LedgerCase ledger(store::WritePath::fast);
  TestFeed feed(ledger.sql, "us");
  TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
  run.tick(minute(0), "100", "200");
  engine::PlaceOrder order;
  order.symbol = "AAPL";
  order.tif = engine::TimeInForce::gtc;
  order.quantity = Quantity{5 * kScale};
  run.run(order);
  order.type = engine::OrderType::limit;
  order.limit_price = Price{50 * kScale};
  run.run(order);
  run.tick(minute(1), "101", "200");
  run.tick(minute(2), "102", "200");
  ledger.check_invariants();
  ledger.sql.exec("SET session_replication_role = replica");  // no rule stands in the corruptions' way
  std::set<std::string> fired;
  for (const Corruption& corruption : kCorruptions) {
    BOOST_TEST_CONTEXT(corruption.invariant << ": " << corruption.statement) {
      store::Transaction undone(ledger.sql);
      // The rules that stay on even then.
      ledger.sql.exec("ALTER TABLE strategy_run DISABLE TRIGGER guard_update");
      ledger.sql.exec(corruption.statement);
      const auto broken = store::check_invariants(ledger.sql, sql_dir());
      BOOST_REQUIRE_MESSAGE(broken.ok(), (broken.ok() ? "" : broken.error().message));
      bool found = false;
      for (const store::InvariantBreach& breach : *broken) found = found || breach.invariant == corruption.invariant;
      BOOST_TEST(found);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::test
