// The plan's market time, idempotency, ledger and isolation cases, with the real engine on the
// real store: each on both write paths.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/ledger/ledger_case.h"

namespace tradingd::test {

namespace {

using engine::Side;
using engine::StepStatus;

/// Every table of a run as text, surrogate ids and wall clock aside.
std::string dump(LedgerCase& ledger, RunKey run) {
  std::string text;
  for (const char* table : {"engine_state", "paper_order", "paper_trade", "paper_position", "cash_ledger", "mtm_ledger",
                            "paper_equity_curve", "event_ledger"}) {
    text += ledger.value(fmt::format("SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') FROM (SELECT "
                                     "(to_jsonb(t) - '{{user_id,run_id,created_at}}'::text[])::text AS line FROM {} t "
                                     "WHERE user_id = {} AND run_id = {}) AS lines",
                                     table, run.user.value, run.run.value)) +
            "\n";
  }
  return text;
}

engine::RunConfig monthly_sip(const std::string& amount) {
  engine::RunConfig config;
  config.strategy = engine::StrategyKind::sip;
  config.sip.emplace();
  config.sip->amount = parse_decimal(amount, kMoneyMax).value();
  config.sip->allocations = {{"AAPL", Ratio{kScale}}};
  config.sip->schedule.anchor = utc_date(minute(0));
  return config;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trading)

BOOST_AUTO_TEST_CASE(MT_01) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("500"));
    run.tick(minute(0), "100", "200", false);
    BOOST_TEST(ledger.count("paper_order", run.key()) == 0);
    BOOST_TEST(ledger.count("paper_trade", run.key()) == 0);
  });
}

BOOST_AUTO_TEST_CASE(MT_02) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("500"));
    run.tick(minute(0), "100", "200");
    run.tick(minute(1), "100", "200");
    BOOST_TEST(ledger.value("SELECT count(*) FROM event_ledger WHERE type = 'SIP_EXECUTED'") == "1");
    BOOST_TEST(ledger.count("paper_trade", run.key()) == 1);
    BOOST_TEST(ledger.refusal(
                   "INSERT INTO event_ledger (user_id, run_id, seq, logical_time, type, key) SELECT user_id, "
                   "run_id, 1000, logical_time, type, key FROM event_ledger WHERE type = 'SIP_EXECUTED'") == "23505");
  });
}

BOOST_AUTO_TEST_CASE(MT_03) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("500"));
    run.tick(minute(0), "100", "200");
    const std::string before = dump(ledger, run.key());
    for (const char* table : {"mtm_ledger", "paper_equity_curve"}) {
      BOOST_TEST(ledger.refusal(fmt::format("INSERT INTO {} (user_id, run_id, logical_time) SELECT user_id, run_id, "
                                            "logical_time FROM {}",
                                            table, table)) == "23505");
    }
    BOOST_TEST(dump(ledger, run.key()) == before);
  });
}

BOOST_AUTO_TEST_CASE(MT_04) {
  on_both_paths([](LedgerCase& ledger) {
    engine::RunConfig config;
    config.strategy = engine::StrategyKind::rebalance;
    config.rebalance.emplace();
    config.rebalance->band = Ratio{kScale / 20};
    config.rebalance->targets = {{"AAPL", Ratio{kScale * 6 / 10}}};
    config.rebalance->cash_weight = Ratio{kScale * 4 / 10};
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", config);
    run.tick(minute(0), "100", "200");
    run.tick(minute(1), "100", "200");  // within the band: no event
    BOOST_TEST(ledger.value("SELECT count(*) FROM event_ledger WHERE type = 'REBALANCED'") == "1");
    BOOST_TEST(ledger.value("SELECT trim_scale(quantity) FROM paper_position") == "6");
    BOOST_TEST(
        ledger.refusal("INSERT INTO event_ledger (user_id, run_id, seq, logical_time, type, key) SELECT user_id, "
                       "run_id, 1000, logical_time, type, key FROM event_ledger WHERE type = 'REBALANCED'") == "23505");
  });
}

BOOST_AUTO_TEST_CASE(IR_01) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("500"));
    const engine::Tick tick = feed.tick(minute(0), "100", "200");
    run.step_at(minute(0), engine::RunTick{&tick});
    BOOST_REQUIRE(run.commit().refused.empty());
    const std::string before = dump(ledger, run.key());
    const engine::StepResult again = run.step_at(minute(0), engine::RunTick{&tick});
    BOOST_TEST((again.status == StepStatus::already_processed));
    BOOST_TEST(run.writes.effects.trades.empty());
    BOOST_TEST(dump(ledger, run.key()) == before);
  });
}

BOOST_AUTO_TEST_CASE(IR_02) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("500"));
    const std::string before = dump(ledger, run.key());
    // Half of a tick, then the session dies: by its own hand, and by the server's.
    for (const bool killed : {false, true}) {
      auto victim = std::make_unique<store::Connection>(ledger.runtime());
      {
        store::Transaction open(*victim);
        const store::Params run_params{std::to_string(run.key().user.value), std::to_string(run.key().run.value)};
        victim->exec(
            "INSERT INTO paper_order (user_id, run_id, order_id, symbol, quantity) VALUES ($1, $2, 1, 'AAPL', 5)",
            run_params);
        victim->exec(
            "INSERT INTO paper_trade (user_id, run_id, trade_id, order_id, symbol, quantity, price) "
            "VALUES ($1, $2, 1, 1, 'AAPL', 5, 100)",
            run_params);
        if (killed) {
          ledger.sql.exec("SELECT pg_terminate_backend($1, 5000)", {std::to_string(victim->backend_pid())});
        }
      }
      BOOST_TEST(dump(ledger, run.key()) == before);
    }
    run.tick(minute(0), "100", "200");
    BOOST_TEST(ledger.count("paper_trade", run.key()) == 1);
  });
}

BOOST_AUTO_TEST_CASE(IR_03) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("500"));
    const engine::Tick tick = feed.tick(minute(0), "100", "200");
    run.step_at(minute(0), engine::RunTick{&tick});
    run.writes.state = &run.state;
    run.writes.market = &feed.market;
    run.writes.strategy_changed = true;
    const auto first = ledger.ledger->apply(ledger.next_batch(), {&run.writes, 1});
    BOOST_REQUIRE((first.status == engine::ApplyStatus::committed && first.refused.empty()));
    const std::string once = dump(ledger, run.key());
    // The same rows again, as if the answer had been lost: left out whole.
    const auto second = ledger.ledger->apply(ledger.next_batch(), {&run.writes, 1});
    BOOST_TEST((second.status == engine::ApplyStatus::committed));
    BOOST_TEST(second.refused.size() == 1U);
    BOOST_TEST(dump(ledger, run.key()) == once);
    // And a tick that is computed anew on the reloaded state changes nothing.
    auto loaded = ledger.ledger->load_run(run.key());
    BOOST_REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.error().message));
    for (const engine::UnloadableRun& bad : loaded->unloadable) BOOST_ERROR(bad.reason);
    BOOST_REQUIRE(loaded->runs.size() == 1U);
    TestRun reloaded(ledger, feed, loaded->runs.front());
    BOOST_TEST((reloaded.step_at(minute(0), engine::RunTick{&tick}).status == StepStatus::already_processed));
  });
}

BOOST_AUTO_TEST_CASE(LG_01) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "10000");
    run.tick(minute(0), "100", "200");
    run.run(buy("5"));
    run.run(buy("7"));
    engine::PlaceOrder sell = buy("3");
    sell.side = Side::sell;
    run.run(sell);
    BOOST_TEST(ledger.value("SELECT count(*) FROM paper_trade JOIN paper_order USING (user_id, run_id, order_id)") ==
               "3");
    BOOST_TEST(ledger.value("SELECT trim_scale(quantity) FROM paper_position") == "9");
    BOOST_TEST(ledger.refusal("UPDATE paper_trade SET order_id = 99 WHERE trade_id = 1") == "23503");
  });
}

BOOST_AUTO_TEST_CASE(LG_02) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("500"));
    for (int i = 0; i < 5; ++i) run.tick(minute(i), std::to_string(100 + i) + ".37", "200");
    BOOST_TEST(ledger.value("SELECT count(*) FROM paper_equity_curve e JOIN mtm_ledger m USING (user_id, run_id, "
                            "logical_time) WHERE e.equity = e.cash + e.mtm AND e.mtm = m.market_value") == "5");
    BOOST_TEST(ledger.refusal("UPDATE paper_equity_curve SET equity = equity + 0.00000001") == "23514");
  });
}

BOOST_AUTO_TEST_CASE(MU_01) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun alice = ledger.start(ledger.add_user("alice"), feed, "1000");
    TestRun bob = ledger.start(ledger.add_user("bob"), feed, "5000");
    const engine::Tick tick = feed.tick(minute(0), "100", "200");
    for (TestRun* run : {&alice, &bob}) {
      run->step_at(minute(0), engine::RunTick{&tick});
      BOOST_REQUIRE(run->commit().refused.empty());
    }
    const std::string bobs = dump(ledger, bob.key());
    alice.run(buy("5"));
    BOOST_TEST(dump(ledger, bob.key()) == bobs);
    BOOST_TEST(ledger.count("paper_trade", alice.key()) == 1);
    BOOST_TEST(ledger.count("mtm_ledger", bob.key()) == 1);
  });
}

BOOST_AUTO_TEST_CASE(MU_02) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    const UserId alice = ledger.add_user("alice");
    TestRun a = ledger.start(alice, feed, "1000");
    a.tick(minute(0), "100", "200");
    a.run(engine::Stop{"next"});
    const std::string first = dump(ledger, a.key());
    TestRun b = ledger.start(alice, feed, "2000");
    b.tick(minute(1), "100", "200");
    b.tick(minute(2), "100", "200");
    BOOST_TEST(ledger.count("mtm_ledger", a.key()) == 1);
    BOOST_TEST(ledger.count("mtm_ledger", b.key()) == 2);
    BOOST_TEST(dump(ledger, a.key()) == first);
  });
}

BOOST_AUTO_TEST_CASE(DR_01) {
  std::vector<std::string> dumps;
  on_both_paths([&](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun a = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("300"));
    TestRun b = ledger.start(ledger.add_user("bob"), feed, "1000", monthly_sip("300"));
    for (int i = 0; i < 50; ++i) {
      const engine::Tick tick =
          feed.tick({minute(0).us + i * kMicrosecondsPerDay}, fmt::format("{}.{:02}", 90 + i % 13, i), "200");
      for (TestRun* run : {&a, &b}) run->step_at(tick.time, engine::RunTick{&tick});
      if (i % 7 == 0) BOOST_REQUIRE(a.commit().refused.empty());  // batches of other sizes give the same rows
      BOOST_REQUIRE(b.commit().refused.empty());
    }
    BOOST_REQUIRE(a.commit().refused.empty());
    dumps.push_back(dump(ledger, a.key()));
    dumps.push_back(dump(ledger, b.key()));
  });
  for (const std::string& other : dumps) BOOST_TEST((other == dumps.front()));
}

BOOST_AUTO_TEST_CASE(FI_01) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000", monthly_sip("500"));
    const engine::Tick tick = feed.tick(minute(0), "100", "200");
    run.step_at(minute(0), engine::RunTick{&tick, true, false});
    BOOST_REQUIRE(run.commit().refused.empty());
    BOOST_TEST(ledger.count("paper_trade", run.key()) == 1);
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 0);
    for (int i = 0; i < 2; ++i) {
      run.step_at(minute(0), engine::RunTick{&tick, false, true});
      if (!run.writes.effects.marks.empty()) BOOST_REQUIRE(run.commit().refused.empty());
    }
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 1);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::test
