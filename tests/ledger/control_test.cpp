// Halts that are set in the database: what the ledger then refuses on both write paths, and that they wait for what is
// under way.

#include <boost/test/unit_test.hpp>

#include "daemon/engine/limit_table.h"
#include "daemon/store/standing.h"
#include "tests/ledger/ledger_case.h"

namespace tradingd::test {

namespace {

using engine::ApplyStatus;
using engine::TradingState;

std::int64_t set_state(LedgerCase& ledger, UserId user, RunId run, TradingState state) {
  store::Connection connection(ledger.runtime());
  return store::set_trading_control(connection, user, run, state, "a test", 1000);
}

/// SQLSTATE that placing an order is refused with; "" when it isn't.
std::string place(TestRun& run, engine::PlaceOrder order) {
  static_cast<void>(run.step(std::move(order)));
  return run.commit().sqlstate;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control)

BOOST_AUTO_TEST_CASE(no_order_is_written_for_a_halted_user_run_or_everybody) {
  for (const char* scope : {"user", "run", "everybody"}) {
    on_both_paths([scope](LedgerCase& ledger) {
      TestFeed feed(ledger.sql, "us");
      TestRun alice = ledger.start(ledger.add_user("alice"), feed, "1000");
      TestRun bob = ledger.start(ledger.add_user("bob"), feed, "1000");
      alice.tick(minute(0), "100", "200");
      bob.step_at(minute(0), engine::Deposit{Money{kScale}, ""});
      const bool all = std::string(scope) == "everybody";
      const UserId user = all ? UserId{0} : alice.key().user;
      const RunId run = std::string(scope) == "run" ? alice.key().run : RunId{0};
      set_state(ledger, user, run, TradingState::halted);
      BOOST_TEST_CONTEXT(scope) {
        BOOST_TEST(place(alice, buy("1")) == "TD006");
        BOOST_TEST(place(bob, buy("1")) == (all ? "TD006" : ""));
        BOOST_TEST(ledger.count("paper_order", alice.key()) == 0);
        BOOST_TEST(ledger.count("paper_trade", alice.key()) == 0);
      }
    });
  }
}

BOOST_AUTO_TEST_CASE(what_reduces_to_rejections_and_cash_is_still_written) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    run.tick(minute(0), "100", "200");
    run.run(buy("1", "90"));
    set_state(ledger, run.key().user, RunId{0}, TradingState::halted);
    run.run(engine::SetTradingState{TradingState::halted, "a test", engine::Scope::user});
    BOOST_TEST(place(run, buy("1")) == "");  // a rejected order is a row
    BOOST_TEST(ledger.value("SELECT reason_detail FROM paper_order WHERE status = 'REJECTED'") == "state_of=user");
    run.run(engine::CancelOrder{OrderId{1}, ""});
    run.run(engine::Deposit{Money{kScale}, "pocket money"});
    run.tick(minute(1), "80", "200");
    BOOST_TEST(ledger.value("SELECT status FROM paper_order WHERE order_id = 1") == "CANCELED");
    set_state(ledger, run.key().user, RunId{0}, TradingState::active);
    run.run(engine::SetTradingState{TradingState::active, "a test", engine::Scope::user});
    BOOST_TEST(place(run, buy("1")) == "");
    BOOST_TEST(ledger.count("paper_trade", run.key()) == 1);
  });
}

BOOST_AUTO_TEST_CASE(a_halt_waits_for_the_batch_that_is_under_way) {
  LedgerCase ledger(store::WritePath::fast);
  const UserId user = ledger.add_user("alice");
  store::Connection batch(ledger.runtime());
  store::Transaction open(batch);
  batch.exec("SELECT FROM engine_shard WHERE shard_id = $1::int FOR NO KEY UPDATE",
             {std::to_string(engine::shard_of(user))});
  ledger.sql.exec("SET lock_timeout = '50ms'");
  const std::string halt = "SELECT set_trading_control($1, 0, 'HALTED', '', 0)";
  BOOST_TEST(ledger.refusal(halt, {std::to_string(user.value)}) == "55P03");
  open.commit();
  BOOST_TEST(ledger.refusal(halt, {std::to_string(user.value)}) == "");
}

BOOST_AUTO_TEST_CASE(standing_orders_are_loaded_from_a_revision_on) {
  LedgerCase ledger(store::WritePath::fast);
  const UserId user = ledger.add_user("alice");
  store::Connection connection(ledger.runtime());
  BOOST_TEST(store::load_standing_orders(connection, 0).orders.empty());
  const std::int64_t first = set_state(ledger, user, RunId{0}, TradingState::halted);
  const auto changed = store::change_limits(connection, user, [](const engine::Limits& now) -> Result<engine::Limits> {
    engine::Limits limits = now;
    limits.max_open_orders = 3;
    limits.forbidden_symbols = {"GME"};
    return limits;
  });
  BOOST_REQUIRE(changed.ok() && changed->has_value());
  const auto all = store::load_standing_orders(connection, 0);
  BOOST_REQUIRE(all.orders.size() == 2U);
  BOOST_TEST((all.orders[0].state == TradingState::halted));
  BOOST_TEST(engine::to_text(*all.orders[1].ceiling->limits) == "max_open_orders=3 forbidden_symbols=GME");
  BOOST_TEST(store::load_standing_orders(connection, first).orders.size() == 1U);
  BOOST_TEST(store::load_standing_orders(connection, all.revision).orders.empty());
  // What somebody has broken by hand halts him, and nobody else.
  ledger.sql.exec("UPDATE app_user SET limits = '{\"max_open_orders\": \"many\"}', limits_revision = 99");
  ledger.sql.exec("UPDATE standing_revision SET revision = 99");
  const auto broken = store::load_standing_orders(connection, all.revision);
  BOOST_REQUIRE(broken.orders.size() == 1U);
  BOOST_TEST((broken.orders[0].state == TradingState::halted));
  BOOST_TEST(broken.orders[0].cause.find("max_open_orders") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_may_not_change_states_and_limits) {
  LedgerCase ledger(store::WritePath::fast);
  ledger.sql.exec("SET ROLE tradingd_runtime");
  BOOST_TEST(ledger.refusal("UPDATE trading_control SET trading_state = 'ACTIVE'") == "42501");
  BOOST_TEST(ledger.refusal("DELETE FROM trading_control") == "42501");
  BOOST_TEST(ledger.refusal("UPDATE standing_revision SET revision = 0") == "42501");
  ledger.sql.exec("SET ROLE tradingd_readonly");
  BOOST_TEST(ledger.refusal("SELECT set_trading_control(0, 0, 'ACTIVE', '', 0)") == "42501");
  ledger.sql.exec("RESET ROLE");
  BOOST_TEST(ledger.refusal("INSERT INTO trading_control VALUES (0, 5, 'HALTED', '', 0, 1, now())") == "23514");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::test
