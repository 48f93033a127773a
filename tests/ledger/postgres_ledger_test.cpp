// The store behind engine::LedgerStore: what is written comes back the same, and each fate of a batch is told
// for what it is.

#include "daemon/store/postgres_ledger.h"
#include "daemon/engine/shards.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/ledger/ledger_case.h"

namespace tradingd::test {

namespace {

using engine::ApplyStatus;
using engine::BatchFate;

/// Everything that a text can do to a quoting rule.
constexpr const char* kAwkward = "a\"b\\c'd,(e){f}\tNULL \xC3\xA9 \n\\\"";

engine::PlaceOrder limit_buy(const std::string& client_order_id, const std::string& limit) {
  engine::PlaceOrder order;
  order.client_order_id = client_order_id;
  order.symbol = "AAPL";
  order.type = engine::OrderType::limit;
  order.tif = engine::TimeInForce::gtc;
  order.quantity = Quantity{2 * kScale};
  order.limit_price = parse_decimal(limit, kPriceMax);
  return order;
}

bool same(const engine::RunState& a, const engine::RunState& b) {
  const auto same_client_orders = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.order == y.second.order && x.second.fields == y.second.fields;
  };
  return a.key == b.key && digest_of_state(a) == digest_of_state(b) && a.strategy == b.strategy &&
         std::equal(a.client_orders.begin(), a.client_orders.end(), b.client_orders.begin(), b.client_orders.end(),
                    same_client_orders);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(postgres_ledger)

BOOST_AUTO_TEST_CASE(a_run_is_loaded_as_it_was) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "10000");
    run.tick(minute(0), "100", "200");
    run.run(limit_buy(kAwkward, "90.37"));
    run.run(limit_buy("second", "105"));
    run.run(engine::Deposit{Money{static_cast<Int128>(1)}, kAwkward});
    engine::PlaceOrder unknown = limit_buy("third", "1");
    unknown.symbol = kAwkward;
    run.run(unknown);
    run.run(engine::SetTradingState{engine::TradingState::reducing, kAwkward});
    run.tick({minute(1).us + 1}, "100.01", "200");

    const int shards[] = {engine::shard_of(run.key().user)};
    const auto loaded = ledger.ledger->load_runs(shards);
    BOOST_REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.error().message));
    for (const engine::UnloadableRun& bad : loaded->unloadable) BOOST_ERROR(bad.reason);
    BOOST_REQUIRE(loaded->runs.size() == 1U);
    BOOST_TEST(same(loaded->runs.front().state, run.state));
    BOOST_TEST((loaded->runs.front().feed == feed.id));
    BOOST_TEST(loaded->runs.front().state.open_orders.size() == 1U);
    BOOST_TEST(ledger.value("SELECT count(*) FROM paper_order WHERE client_order_id = $1", {kAwkward}) == "1");
    BOOST_TEST(ledger.value("SELECT symbol FROM paper_order WHERE status = 'REJECTED'") == kAwkward);
    BOOST_TEST(ledger.value("SELECT payload ->> 'cause' FROM event_ledger WHERE type = 'TRADING_STATE_CHANGED'") ==
               kAwkward);
    BOOST_TEST(ledger.value("SELECT trading_state FROM strategy_run") == "REDUCING");

    const int others[] = {engine::shard_of(run.key().user) ^ 1};
    BOOST_TEST(ledger.ledger->load_runs(others)->runs.empty());
  });
}

BOOST_AUTO_TEST_CASE(orders_of_every_kind_are_loaded_as_they_were) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "10000");
    run.tick(minute(0), "100", "200");
    const auto price = [](const char* text) { return *parse_decimal(text, kPriceMax); };
    engine::PlaceOrder order = limit_buy("entry", "101");
    order.take_profit = price("120");
    order.stop_loss = price("90");
    run.run(order);  // fills; its exits are orders 2 and 3
    order = limit_buy("stop-limit", "98");
    order.type = engine::OrderType::stop_limit;
    order.stop_price = price("99");
    run.run(order);  // 4, triggered
    order = limit_buy("trailing", "1");
    order.type = engine::OrderType::trailing_stop;
    order.limit_price.reset();
    order.trail_percent = Ratio{5 * kScale};
    order.tif = engine::TimeInForce::gtd;
    order.expires_at = minute(9);
    run.run(order);  // 5
    order = limit_buy("other", "90");
    order.oco = OrderId{5};
    run.run(order);  // 6
    order = engine::PlaceOrder{};
    order.client_order_id = "amount";
    order.symbol = "AAPL";
    order.type = engine::OrderType::market;
    order.notional = Money{static_cast<Int128>(250) * kScale};
    run.run(order);  // 7
    engine::ReplaceOrder replace;
    replace.which.order = OrderId{6};
    replace.limit_price = price("91");
    replace.client_order_id = "replacement";
    run.run(replace);  // 8
    run.tick(minute(1), "98.50", "200");

    const auto loaded = ledger.ledger->load_runs(engine::all_shards());
    BOOST_REQUIRE(loaded.ok());
    for (const engine::UnloadableRun& bad : loaded->unloadable) BOOST_ERROR(bad.reason);
    BOOST_REQUIRE(loaded->runs.size() == 1U);
    BOOST_TEST(loaded->runs.front().state.open_orders.size() == 5U);
    // The digest of a replacement's fields is of a whole order, and so is that of its row.
    BOOST_TEST(same(loaded->runs.front().state, run.state));
    BOOST_TEST(ledger.value("SELECT string_agg(order_id || ':' || group_id, ' ' ORDER BY order_id) FROM paper_order"
                            " WHERE group_id IS NOT NULL") == "2:1 3:1 5:5 6:5 8:5");
    BOOST_TEST(ledger.value("SELECT status || ' ' || reason_detail FROM paper_order WHERE order_id = 6") ==
               "REPLACED order_id=8");
    BOOST_TEST(ledger.value("SELECT replaces_order_id FROM paper_order WHERE order_id = 8") == "6");
    BOOST_TEST(ledger.value("SELECT trim_scale(stop_price) FROM paper_order WHERE order_id = 5") == "103.425");
    BOOST_TEST(ledger.value("SELECT count(*) FROM paper_order WHERE triggered_at IS NOT NULL AND order_id = 4") == "1");
  });
}

BOOST_AUTO_TEST_CASE(a_tampered_run_is_not_loaded_and_blocks_nobody) {
  LedgerCase ledger(store::WritePath::fast);
  TestFeed feed(ledger.sql, "us");
  TestRun alice = ledger.start(ledger.add_user("alice"), feed, "1000");
  TestRun bob = ledger.start(ledger.add_user("bob"), feed, "1000");
  TestRun carol = ledger.start(ledger.add_user("carol"), feed, "1000");
  ledger.sql.exec("UPDATE engine_state SET next_order = 7 WHERE user_id = $1",
                  {std::to_string(alice.key().user.value)});
  ledger.sql.exec("UPDATE engine_state SET strategy_state = '{\"sip.nonsense\": \"1\"}' WHERE user_id = $1",
                  {std::to_string(bob.key().user.value)});
  const auto loaded = ledger.ledger->load_runs(engine::all_shards());
  BOOST_REQUIRE(loaded.ok());
  BOOST_TEST(loaded->runs.size() == 1U);
  BOOST_REQUIRE(loaded->unloadable.size() == 2U);
  BOOST_TEST(loaded->unloadable[0].reason.find("digest") != std::string::npos);
  BOOST_TEST(!loaded->unloadable[0].keep);
  BOOST_TEST(loaded->unloadable[1].reason.find("sip.nonsense") != std::string::npos);
  BOOST_TEST(loaded->unloadable[1].keep);  // a later version may have written it
  for (const engine::UnloadableRun& bad : loaded->unloadable) {
    BOOST_TEST((ledger.ledger->fail_run(ledger.next_batch(), bad.key, bad.reason).status == ApplyStatus::committed));
    BOOST_TEST((ledger.ledger->fail_run(ledger.next_batch(), bad.key, "again").status == ApplyStatus::committed));
  }
  BOOST_TEST(ledger.value(
                 "SELECT count(*) FROM strategy_run JOIN engine_status USING (user_id, run_id) JOIN engine_state "
                 "USING (user_id, run_id) WHERE status = 'ERROR' AND stop_reason = message AND run_status = status") ==
             "2");
  // Made whole again for the check at the end.
  ledger.sql.exec("DELETE FROM strategy_run WHERE status = 'ERROR'");
}

BOOST_AUTO_TEST_CASE(commands_are_kept_with_their_batch) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    run.step(engine::Deposit{Money{static_cast<Int128>(5) * kScale}, ""});
    run.writes.commands.push_back(
        {"r1", 1000, "cash.deposit", R"({"amount":"5"})", R"({"ok":"\"\\"})", true, run.state.last_time});
    BOOST_REQUIRE((run.commit().status == ApplyStatus::committed));
    const auto found = ledger.ledger->find_command(run.key().user, "r1");
    BOOST_REQUIRE((found.ok() && found->has_value()));
    BOOST_TEST((*found)->method == "cash.deposit");
    BOOST_TEST((*found)->result == R"({"ok": "\"\\"})");
    BOOST_TEST(!ledger.ledger->find_command(run.key().user, "r2")->has_value());
    const auto loaded = ledger.ledger->load_run(run.key());
    BOOST_REQUIRE((loaded.ok() && loaded->runs.size() == 1));
    BOOST_TEST(loaded->runs.front().request_ids == std::vector<std::string>{"r1"}, boost::test_tools::per_element());

    // The same request id again breaks the whole batch.
    run.step(engine::Deposit{Money{static_cast<Int128>(5) * kScale}, ""});
    run.writes.commands.push_back({"r1", 1000, "cash.deposit", "{}", "{}", true, run.state.last_time});
    const auto outcome = run.commit();
    BOOST_TEST((outcome.status == ApplyStatus::rejected));
    BOOST_TEST(outcome.sqlstate == "23505");
    BOOST_TEST(ledger.count("cash_ledger", run.key()) == 2);
  });
}

BOOST_AUTO_TEST_CASE(a_request_of_an_earlier_run_is_known_to_the_next) {
  LedgerCase ledger(store::WritePath::fast);
  TestFeed feed(ledger.sql, "us");
  const UserId alice = ledger.add_user("alice");
  const auto deposit = [](TestRun& run, const std::string& request_id) {
    run.step(engine::Deposit{Money{static_cast<Int128>(5) * kScale}, ""});
    run.writes.commands.push_back({request_id, 1000, "cash.deposit", "{}", "{}", true, run.state.last_time});
    BOOST_REQUIRE((run.commit().status == ApplyStatus::committed));
  };
  TestRun first = ledger.start(alice, feed, "1000");
  deposit(first, "r1");
  first.run(engine::Stop{});
  TestRun second = ledger.start(alice, feed, "1000");
  deposit(second, "r2");
  TestRun other = ledger.start(ledger.add_user("bob"), feed, "1000");
  deposit(other, "r3");
  const auto loaded = ledger.ledger->load_runs(engine::all_shards());
  BOOST_REQUIRE((loaded.ok() && loaded->runs.size() == 2U));
  for (const engine::LoadedRun& run : loaded->runs) {
    const std::set<std::string> known(run.request_ids.begin(), run.request_ids.end());
    BOOST_TEST(
        (known == (run.state.key == second.key() ? std::set<std::string>{"r1", "r2"} : std::set<std::string>{"r3"})));
  }
}

BOOST_AUTO_TEST_CASE(an_unreadable_configuration_does_not_end_the_run) {
  LedgerCase ledger(store::WritePath::fast);
  TestFeed feed(ledger.sql, "us");
  ledger.start(ledger.add_user("alice"), feed, "1000");
  store::PostgresLedger older(ledger.runtime(),
                              [](const std::string&) -> Result<std::shared_ptr<const engine::RunConfig>> {
                                return Error{"\"new_setting\" is unknown"};
                              });
  const auto loaded = older.load_runs(engine::all_shards());
  BOOST_REQUIRE((loaded.ok() && loaded->runs.empty() && loaded->unloadable.size() == 1U));
  BOOST_TEST(loaded->unloadable[0].keep);
  BOOST_TEST(loaded->unloadable[0].reason.find("new_setting") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_batch_with_one_bad_run_is_rejected_whole) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun alice = ledger.start(ledger.add_user("alice"), feed, "1000");
    TestRun bob = ledger.start(ledger.add_user("bob"), feed, "1000");
    const engine::Tick& tick = feed.tick(minute(0), "100", "200");
    std::vector<engine::RunWrites> batch;
    for (TestRun* run : {&alice, &bob}) {
      run->step_at(minute(0), engine::RunTick{&tick});
      run->writes.state = &run->state;
      run->writes.market = &feed.market;
      batch.push_back(run->writes);
    }
    batch[1].effects.equity[0].equity += Money{1};
    const auto outcome = ledger.ledger->apply(ledger.next_batch(), batch);
    BOOST_TEST((outcome.status == ApplyStatus::rejected));
    BOOST_TEST(outcome.sqlstate == "23514");
    BOOST_TEST(ledger.value("SELECT count(*) FROM mtm_ledger") == "0");
    const auto alone = ledger.ledger->apply(ledger.next_batch(), std::span(batch).first(1));
    BOOST_TEST((alone.status == ApplyStatus::committed));
    BOOST_TEST(ledger.count("mtm_ledger", alice.key()) == 1);
  });
}

BOOST_AUTO_TEST_CASE(read_back_tells_the_fate_and_seals_it) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    const int shard = engine::shard_of(run.key().user);
    const engine::BatchKey started{ledger.lease->epoch(), ledger.batch_number};
    BOOST_TEST((ledger.ledger->read_back(started, shard) == BatchFate::committed));

    run.step(engine::Deposit{Money{static_cast<Int128>(5) * kScale}, ""});
    run.writes.state = &run.state;
    run.writes.market = &feed.market;
    const engine::BatchKey lost = ledger.next_batch();
    for (int i = 0; i < 2; ++i) BOOST_TEST((ledger.ledger->read_back(lost, shard) == BatchFate::absent));
    // Its statement comes late: too late.
    const auto late = ledger.ledger->apply(lost, {&run.writes, 1});
    BOOST_TEST((late.status == ApplyStatus::rejected));
    BOOST_TEST(late.sqlstate == "TD003");
    BOOST_TEST((run.commit().status == ApplyStatus::committed));
    BOOST_TEST(ledger.count("cash_ledger", run.key()) == 2);
    BOOST_TEST((ledger.ledger->read_back({started.epoch + 1, 1}, shard) == BatchFate::fenced));
  });
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_told_and_mended) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    const auto cut = [&] {
      ledger.sql.exec(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
          "AND application_name = 'case' AND pid <> pg_backend_pid()");
    };
    cut();
    run.step(engine::Deposit{Money{static_cast<Int128>(5) * kScale}, ""});
    const auto outcome = run.commit();
    BOOST_TEST((outcome.status == ApplyStatus::unknown));
    const engine::BatchKey key{ledger.lease->epoch(), ledger.batch_number};
    BOOST_TEST((ledger.ledger->read_back(key, engine::shard_of(run.key().user)) == BatchFate::absent));
    BOOST_TEST((run.commit().status == ApplyStatus::committed));
    BOOST_TEST((ledger.lease->renew() == store::LeaseStatus::unavailable));
    BOOST_TEST((ledger.lease->renew() == store::LeaseStatus::held));
  });
}

BOOST_AUTO_TEST_CASE(without_a_server_nothing_is_sent) {
  store::PostgresLedger ledger({"host=/nonexistent dbname=x", "tradingd_runtime", ""}, nullptr);
  const auto outcome = ledger.fail_run({1, 1}, {UserId{1}, RunId{1}}, "x");
  BOOST_TEST((outcome.status == ApplyStatus::unavailable));
  BOOST_TEST((ledger.read_back({1, 1}, 1) == BatchFate::unavailable));
  BOOST_TEST(!ledger.load_runs(engine::all_shards()).ok());
}

BOOST_AUTO_TEST_CASE(a_replaced_daemon_is_fenced) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    // The old one's lease session is gone, as after kill -9; its writing session is not.
    auto old = std::move(ledger.lease);
    const engine::BatchKey old_batch{old->epoch(), ++ledger.batch_number};
    old.reset();
    auto taken = store::Lease::acquire(ledger.runtime(), engine::all_shards(), "successor", std::chrono::seconds(60));
    BOOST_REQUIRE(taken.ok());
    ledger.lease = std::move(*taken);
    BOOST_TEST(ledger.lease->epoch() > old_batch.epoch);

    run.step(engine::Deposit{Money{static_cast<Int128>(5) * kScale}, ""});
    run.writes.state = &run.state;
    run.writes.market = &feed.market;
    BOOST_TEST((ledger.ledger->apply(old_batch, {&run.writes, 1}).status == ApplyStatus::fenced));
    BOOST_TEST((ledger.ledger->fail_run(old_batch, run.key(), "x").status == ApplyStatus::fenced));
    BOOST_TEST(ledger.count("cash_ledger", run.key()) == 1);
    BOOST_TEST((run.commit().status == ApplyStatus::committed));
    BOOST_TEST((ledger.lease->release() == store::LeaseStatus::held));
    run.step(engine::Deposit{Money{static_cast<Int128>(5) * kScale}, ""});
    BOOST_TEST((run.commit().status == ApplyStatus::fenced));
  });
}

BOOST_AUTO_TEST_CASE(market_and_ticks_come_back) {
  LedgerCase ledger(store::WritePath::fast);
  TestFeed feed(ledger.sql, "us");
  for (int i = 0; i < 5; ++i) feed.tick(minute(i), fmt::format("10{}.5", i), "200", i != 3);
  const auto market = ledger.ledger->load_market(feed.id, minute(3));
  BOOST_REQUIRE(market.ok());
  BOOST_TEST((market->time() == minute(3)));
  BOOST_TEST(!market->session().open);
  BOOST_TEST(to_string(market->quote(InstrumentId{0})->bar.close) == "103.5");
  BOOST_TEST(market->instruments().size() == 2U);
  BOOST_TEST((ledger.ledger->load_market(feed.id, minute(-1))->time() == kTimeMin));

  const auto ticks = ledger.ledger->load_ticks(feed.id, minute(0), 3);
  BOOST_REQUIRE(ticks.ok());
  BOOST_REQUIRE(ticks->size() == 3U);
  BOOST_TEST((ticks->front().time == minute(1)));
  BOOST_TEST(ticks->back().bars.size() == 2U);
  BOOST_TEST(to_string(ticks->back().bars[0].open) == "103.5");
  BOOST_TEST(ledger.ledger->load_ticks(feed.id, kTimeMin, 100)->size() == 5U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::test
