// CC-01, CC-02 and the races around them, with real concurrent connections: what waits for what, and who wins.

#include <fmt/format.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "tests/ledger/ledger_case.h"

namespace tradingd::test {

namespace {

/// Returns when the server says that `pid` waits for a lock; fails the test after ten seconds.
void wait_until_blocked(LedgerCase& ledger, int pid) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (ledger.value("SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'",
                      {std::to_string(pid)}) == "0") {
    BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
}

std::string stop_statement(RunKey run) {
  return fmt::format("UPDATE strategy_run SET status = 'STOPPED' WHERE user_id = {} AND run_id = {}", run.user.value,
                     run.run.value);
}

/// A tick of `run` without strategy, as one apply call that can be left open in a transaction.
class TickCall {
 public:
  TickCall(LedgerCase& ledger, TestRun& run, Time time) : ledger_(ledger), run_(run) {
    const engine::Tick& tick = run.feed.tick(time, "100", "200");
    run.step_at(time, engine::RunTick{&tick});
    run.writes.state = &run.state;
    run.writes.market = &run.feed.market;
  }

  /// The runs that were left out. Under a new number each time.
  store::Rows send(store::Connection& connection) {
    const bool fast = ledger_.path == store::WritePath::fast;
    const store::BatchTypes types = store::load_batch_types(connection);
    return connection.exec_binary(store::apply_statement(fast),
                                  rows_.encode(types, ledger_.next_batch(), {&run_.writes, 1}, {}));
  }

 private:
  LedgerCase& ledger_;
  TestRun& run_;
  store::BatchRows rows_;
};

store::Rows send_tick(LedgerCase& ledger, store::Connection& connection, TestRun& run, Time time) {
  return TickCall(ledger, run, time).send(connection);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(concurrency)

// A stop waits for the tick that is open, which is then whole; nothing follows the stop.
BOOST_AUTO_TEST_CASE(CC_01) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    store::Connection ticker(ledger.runtime());
    store::Connection stopper(ledger.runtime());
    {
      store::Transaction open(ticker);
      BOOST_TEST(send_tick(ledger, ticker, run, minute(0)).empty());
      auto stopped = std::async(std::launch::async, [&] { stopper.exec(stop_statement(run.key())); });
      wait_until_blocked(ledger, stopper.backend_pid());
      BOOST_TEST(ledger.value("SELECT status FROM strategy_run") == "RUNNING");
      open.commit();
      stopped.get();
    }
    BOOST_TEST(ledger.value("SELECT status FROM strategy_run") == "STOPPED");
    BOOST_TEST(ledger.value("SELECT run_status FROM engine_state") == "STOPPED");
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 1);
    BOOST_TEST(ledger.count("paper_equity_curve", run.key()) == 1);
    BOOST_TEST(send_tick(ledger, ticker, run, minute(1)).size() == 1);
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 1);
  });
}

// The plan's words: the run's row is locked by A, its status is updated by B.
BOOST_AUTO_TEST_CASE(CC_01_stop_first) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    store::Connection ticker(ledger.runtime());
    store::Connection stopper(ledger.runtime());
    TickCall call(ledger, run, minute(0));
    store::Transaction open(stopper);
    stopper.exec(stop_statement(run.key()));
    auto ticked = std::async(std::launch::async, [&] { return call.send(ticker); });
    wait_until_blocked(ledger, ticker.backend_pid());
    open.commit();
    BOOST_TEST(ticked.get().size() == 1);  // left out
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 0);
    BOOST_TEST(ledger.count("paper_equity_curve", run.key()) == 0);
    BOOST_TEST(ledger.value("SELECT status FROM strategy_run") == "STOPPED");
  });
}

// psql against psql: plain inserts of a child and a stop.
BOOST_AUTO_TEST_CASE(CC_01_plain_sql) {
  LedgerCase ledger(store::WritePath::checked);
  const RunKey run = ledger.add_bare_run(ledger.add_user("alice"), "RUNNING");
  const std::string insert =
      fmt::format("INSERT INTO mtm_ledger (user_id, run_id, logical_time) VALUES ({}, {}, '2020-01-02T15:00:00Z')",
                  run.user.value, run.run.value);
  store::Connection writer({ledger.database.dsn(), "", "writer"});
  store::Connection stopper({ledger.database.dsn(), "", "stopper"});
  {
    store::Transaction open(writer);
    writer.exec(insert);
    auto stopped = std::async(std::launch::async, [&] { stopper.exec(stop_statement(run)); });
    wait_until_blocked(ledger, stopper.backend_pid());
    open.commit();
    stopped.get();
  }
  BOOST_TEST(ledger.refusal("UPDATE mtm_ledger SET market_value = 1") == "TD002");
  ledger.sql.exec("DELETE FROM mtm_ledger");
  BOOST_TEST(ledger.refusal(insert) == "TD002");
  BOOST_TEST(ledger.count("mtm_ledger", run) == 0);
}

BOOST_AUTO_TEST_CASE(CC_02) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    engine::RunConfig sip;
    sip.strategy = engine::StrategyKind::sip;
    sip.sip.emplace();
    sip.sip->amount = Money{static_cast<Int128>(500) * kScale};
    sip.sip->allocations = {{"AAPL", Ratio{kScale}}};
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", sip);
    TickCall call(ledger, run, minute(0));
    store::Connection first(ledger.runtime());
    store::Connection second(ledger.runtime());
    store::Transaction open(first);
    BOOST_TEST(call.send(first).empty());
    auto other = std::async(std::launch::async, [&] { return call.send(second); });
    wait_until_blocked(ledger, second.backend_pid());
    open.commit();
    BOOST_TEST(other.get().size() == 1);
    BOOST_TEST(ledger.value("SELECT count(*) FROM event_ledger WHERE type = 'SIP_EXECUTED'") == "1");
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 1);
    BOOST_TEST(ledger.count("paper_trade", run.key()) == 1);
  });
}

BOOST_AUTO_TEST_CASE(delete_waits_for_an_open_tick) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    store::Connection ticker(ledger.runtime());
    store::Connection deleter({ledger.database.dsn(), "", "deleter"});
    store::Transaction open(ticker);
    send_tick(ledger, ticker, run, minute(0));
    auto deleted = std::async(std::launch::async, [&] { deleter.exec("DELETE FROM strategy_run"); });
    wait_until_blocked(ledger, deleter.backend_pid());
    open.commit();
    deleted.get();
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 0);
    BOOST_TEST(ledger.count("engine_state", run.key()) == 0);
  });
}

// Batches of many runs against stops, deletes and a second writer of the same rows, for a while.
BOOST_AUTO_TEST_CASE(storm) {
  on_both_paths([](LedgerCase& ledger) {
    constexpr int kRuns = 24;
    constexpr int kTicks = 60;
    TestFeed feed(ledger.sql, "us");
    std::vector<TestRun> runs;
    for (int i = 0; i < kRuns; ++i) {
      runs.push_back(ledger.start(ledger.add_user(fmt::format("user{}", i)), feed, "1000"));
    }
    std::atomic<int> ticks_done = 0;
    std::vector<std::string> troubles;
    auto attacker = std::async(std::launch::async, [&] {
      store::Connection attacking({ledger.database.dsn(), "", "attacker"});
      for (int i = 0; i < kRuns / 2; ++i) {
        while (ticks_done < i * kTicks / kRuns) std::this_thread::yield();
        const RunKey key = runs[static_cast<std::size_t>(i * 2)].key();
        try {
          attacking.exec(i % 3 == 0 ? fmt::format("DELETE FROM strategy_run WHERE user_id = {}", key.user.value)
                                    : stop_statement(key));
        } catch (const store::DatabaseError& error) {
          troubles.emplace_back(error.what());
        }
      }
    });
    auto again = ledger.another_ledger();
    int refused = 0;
    for (int i = 0; i < kTicks; ++i) {
      const engine::Tick& tick = feed.tick(minute(i), "100", "200");
      std::vector<engine::RunWrites> batch;
      for (TestRun& run : runs) {
        run.step_at(minute(i), engine::RunTick{&tick});
        run.writes.state = &run.state;
        run.writes.market = &feed.market;
        batch.push_back(run.writes);
        run.writes.effects.clear();
        run.writes.expected_version = run.state.version;
      }
      const auto key = ledger.next_batch();
      const auto repeated_key = ledger.next_batch();
      auto repeated = std::async(std::launch::async, [&] { return again->apply(repeated_key, batch); });
      const engine::ApplyOutcome outcome = ledger.ledger->apply(key, batch);
      const engine::ApplyOutcome repeat = repeated.get();
      // Whichever came first took the rows; a number that comes late is turned away.
      for (const engine::ApplyOutcome* one : {&outcome, &repeat}) {
        BOOST_TEST((one->status == engine::ApplyStatus::committed || one->sqlstate == "TD003"), one->message);
        refused += static_cast<int>(one->refused.size());
      }
      ++ticks_done;
    }
    attacker.get();
    for (const std::string& trouble : troubles) BOOST_ERROR(trouble);
    BOOST_TEST(refused > 0);
    BOOST_TEST(ledger.value("SELECT count(*) FROM strategy_run WHERE status = 'STOPPED'") == "8");
    BOOST_TEST(ledger.value("SELECT count(*) FROM strategy_run WHERE status = 'RUNNING'") == "12");
    // Those that were left alone have every tick, once.
    BOOST_TEST(ledger.value("SELECT count(*) FROM (SELECT FROM mtm_ledger JOIN strategy_run USING (user_id, run_id) "
                            "WHERE status = 'RUNNING' GROUP BY user_id, run_id HAVING count(*) <> " +
                            std::to_string(kTicks) + ") AS wrong") == "0");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::test
