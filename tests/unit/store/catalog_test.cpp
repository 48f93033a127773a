// Users, feeds and ticks in a real database, as the runtime role.
#include "daemon/store/catalog.h"
#include "daemon/engine/shards.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "daemon/store/lease.h"
#include "tests/support/postgres.h"

using namespace tradingd;
using namespace tradingd::store;

namespace {

struct Fixture {
  test::TestDatabase database;
  Connection admin{ConnectionOptions{database.dsn(), "", "test"}};
  Catalog catalog{ConnectionOptions{database.dsn(), "tradingd_runtime", "test"}};

  std::string value(const std::string& sql) {
    const Rows rows = admin.exec(sql);
    return rows.empty() ? "(none)" : std::string(rows.text(0, 0));
  }
  /// A feed with this name; its id.
  FeedId feed(const std::string& name) {
    const auto answer = catalog.create_feed({name}, command("feed " + name, name));
    BOOST_REQUIRE(answer.ok());
    return FeedId{nlohmann::json::parse(answer->result).at("feed_id").get<std::int64_t>()};
  }
  static engine::CommandRecord command(const std::string& request_id, const std::string& what) {
    engine::CommandRecord record;
    record.request_id = request_id;
    record.uid = 1000;
    record.method = "test.do";
    record.arguments = nlohmann::json{{"what", what}}.dump();
    return record;
  }
};

Price price(const char* text) { return parse_decimal(text, kPriceMax).value(); }
Time at(const char* text) { return parse_time(text).value(); }

engine::Tick tick(Time time, std::initializer_list<engine::Bar> bars) {
  engine::Tick result;
  result.time = time;
  result.session.date = utc_date(time);
  result.session.utc_offset_s = -18'000;
  result.bars = bars;
  return result;
}

engine::Bar bar(int instrument, const char* close) {
  return {InstrumentId{instrument}, price(close), price(close), price(close), price(close), Quantity{5 * kScale}};
}

template <typename T>
std::string failure(const StoreResult<T>& result) {
  static const char* const kKinds[] = {"unavailable", "not_found", "conflict", "refused", "fenced"};
  return result.ok() ? "ok"
                     : std::string(kKinds[static_cast<int>(result.error().kind)]) + ": " + result.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(catalog)

BOOST_AUTO_TEST_CASE(users_are_created_once_and_loaded) {
  Fixture f;
  const auto first = f.catalog.create_user({"alice", 1000, "admin"}, Fixture::command("r1", "alice"));
  BOOST_REQUIRE_EQUAL(failure(first), "ok");
  const auto row = nlohmann::json::parse(first->result);
  BOOST_TEST(row.at("name") == "alice");
  BOOST_TEST(row.at("uid") == 1000);
  BOOST_TEST(row.at("role") == "admin");
  BOOST_TEST(!first->repeated);
  BOOST_REQUIRE_EQUAL(failure(f.catalog.create_user({"bob", std::nullopt, "user"}, Fixture::command("r2", "bob"))),
                      "ok");

  const auto users = f.catalog.load_users();
  BOOST_REQUIRE_EQUAL(failure(users), "ok");
  BOOST_REQUIRE_EQUAL(users->size(), 2U);
  BOOST_TEST((users->at(0).name == "alice" && users->at(0).uid == 1000 && users->at(0).role == "admin"));
  BOOST_TEST((users->at(1).name == "bob" && !users->at(1).uid && users->at(1).role == "user"));
}

BOOST_AUTO_TEST_CASE(a_request_id_answers_once) {
  Fixture f;
  const auto first = f.catalog.create_user({"alice"}, Fixture::command("r1", "alice"));
  BOOST_REQUIRE_EQUAL(failure(first), "ok");
  const auto again = f.catalog.create_user({"alice"}, Fixture::command("r1", "alice"));
  BOOST_REQUIRE_EQUAL(failure(again), "ok");
  BOOST_TEST(again->repeated);
  BOOST_TEST(again->result == first->result);
  BOOST_TEST(f.value("SELECT count(*) FROM app_user") == "1");
  BOOST_TEST(f.value("SELECT concat_ws(' ', user_id, uid, method, arguments, ok) FROM command_log") ==
             "0 1000 test.do {\"what\": \"alice\"} t");

  BOOST_TEST(
      failure(f.catalog.create_user({"bob"}, Fixture::command("r1", "bob"))).starts_with("conflict: request id"));
  auto other_method = Fixture::command("r1", "alice");
  other_method.method = "feed.add";
  BOOST_TEST(failure(f.catalog.create_feed({"alice"}, other_method)).starts_with("conflict: request id"));
  BOOST_TEST(f.value("SELECT count(*) FROM command_log") == "1");
}

BOOST_AUTO_TEST_CASE(refusals_have_sentences_and_leave_nothing) {
  Fixture f;
  BOOST_REQUIRE_EQUAL(failure(f.catalog.create_user({"alice", 7}, Fixture::command("r1", "alice"))), "ok");
  const struct {
    NewUser user;
    const char* expected;
  } cases[] = {
      {{"alice"}, "conflict: a user with this name exists already"},
      {{"bob", 7}, "conflict: another user has this uid already"},
      {{"bob", -7}, "refused: a uid is a whole number from 0 on"},
      {{"bob bob"}, "refused: a user's name has 1 to 64 letters, digits, '-', '_' and '.'"},
      {{"bob", 8, "king"}, "refused: a role is user, operator or admin"},
  };
  for (const auto& entry : cases) {
    BOOST_TEST(failure(f.catalog.create_user(entry.user, Fixture::command("r2", "x"))) == entry.expected);
  }
  BOOST_TEST(f.value("SELECT count(*) FROM command_log") == "1");
  BOOST_TEST(failure(f.catalog.set_feed_status(FeedId{99}, FeedStatus::paused, "", Fixture::command("r3", "x"))) ==
             "not_found: there is no feed number 99");
  BOOST_TEST(failure(f.catalog.last_tick(FeedId{99})) == "not_found: there is no feed number 99");
  BOOST_TEST(failure(f.catalog.store_ticks(FeedId{99}, {}, {}, {})) == "not_found: there is no feed number 99");
}

BOOST_AUTO_TEST_CASE(feeds_come_back_as_they_were_stored) {
  Fixture f;
  const NewFeed synthetic{"walk", FeedKind::synthetic, R"({"seed":1})", FeedStatus::paused, at("2020-01-01T00:00:00Z")};
  BOOST_REQUIRE_EQUAL(failure(f.catalog.create_feed(synthetic, Fixture::command("r1", "walk"))), "ok");
  const FeedId live = f.feed("live");
  const engine::Instrument added[] = {{InstrumentId{0}, "A", price("0.01"), Quantity{kScale}},
                                      {InstrumentId{1}, "B\"\\,{}", Price{1}, Quantity{1}}};
  const engine::Tick ticks[] = {tick(at("2020-04-17T20:00:00.000001Z"), {bar(0, "10.5"), bar(1, "99999999.99999999")})};
  const FeedTotals totals{2, 3, 4, {{"BAD_PRICE", 5}}};
  const auto stored = f.catalog.store_ticks(live, added, ticks, totals);
  BOOST_REQUIRE_EQUAL(failure(stored), "ok");
  BOOST_TEST(*stored == 1);
  BOOST_REQUIRE_EQUAL(failure(f.catalog.set_feed_status(live, FeedStatus::error, "file is gone")), "ok");

  const auto feeds = f.catalog.load_feeds();
  BOOST_REQUIRE_EQUAL(failure(feeds), "ok");
  BOOST_REQUIRE_EQUAL(feeds->size(), 2U);
  const StoredFeed& first = feeds->at(0);
  BOOST_TEST((first.name == "walk" && first.kind == FeedKind::synthetic && first.status == FeedStatus::paused));
  BOOST_TEST((first.origin == at("2020-01-01T00:00:00Z") && !first.last_tick && first.instruments.empty()));
  BOOST_TEST(nlohmann::json::parse(first.settings).at("seed") == 1);
  const StoredFeed& second = feeds->at(1);
  BOOST_TEST((second.status == FeedStatus::error && second.message == "file is gone" && second.ticks == 1));
  BOOST_TEST((second.last_tick == ticks[0].time && second.totals == totals));
  BOOST_REQUIRE_EQUAL(second.instruments.size(), 2U);
  BOOST_TEST((second.instruments[0].tick_size == price("0.01") && second.instruments[0].quantity_step.units == kScale));
  BOOST_TEST(second.instruments[1].symbol == added[1].symbol);

  const auto found = f.catalog.find_bar(live, ticks[0].time, InstrumentId{1});
  BOOST_REQUIRE_EQUAL(failure(found), "ok");
  BOOST_TEST((found->has_value() && (*found)->close == price("99999999.99999999")));
  const auto none = f.catalog.find_bar(live, at("2020-04-17T20:00:00Z"), InstrumentId{1});
  BOOST_TEST((none.ok() && !none->has_value()));
}

BOOST_AUTO_TEST_CASE(ticks_are_stored_once_however_often_they_are_sent) {
  Fixture f;
  const FeedId feed = f.feed("us");
  const engine::Instrument added[] = {{InstrumentId{0}, "A", Price{1}, Quantity{1}}};
  std::vector<engine::Tick> ticks;
  constexpr int kTicks = 30'000;  // more rows than one statement takes
  for (int i = 0; i < kTicks; ++i) {
    ticks.push_back(tick(Time{1'000'000'000'000'000 + i}, {bar(0, "1")}));
  }
  ticks[0].session.closes = Time{1'000'000'000'000'000 + kMicrosecondsPerSecond};
  ticks[1].session.open = false;
  ticks[2].bars.clear();
  const std::span all(ticks);
  BOOST_REQUIRE_EQUAL(failure(f.catalog.store_ticks(feed, added, all.first(20'000), {20'000, 0, 0, {}})), "ok");
  const auto overlap = f.catalog.store_ticks(feed, added, all, {kTicks, 0, 0, {}});
  BOOST_REQUIRE_EQUAL(failure(overlap), "ok");
  BOOST_TEST(*overlap == 10'000);
  const auto nothing = f.catalog.store_ticks(feed, added, all, {kTicks, 0, 0, {}});
  BOOST_TEST((nothing.ok() && *nothing == 0));
  BOOST_TEST(f.value("SELECT concat_ws(' ', count(*), sum(rows)) FROM market_tick") == "30000 29999");
  BOOST_TEST(f.value("SELECT concat_ws(' ', count(*), min(symbol)) FROM market_bar") == "29999 A");
  BOOST_TEST(f.value("SELECT concat_ws(' ', ticks, rows_accepted) FROM market_feed") == "30000 30000");
  BOOST_TEST(f.value("SELECT string_agg(concat_ws(' ', market_open, utc_offset_s, session_closes - logical_time), ', '"
                     " ORDER BY logical_time) FROM (SELECT * FROM market_tick ORDER BY logical_time LIMIT 2) t") ==
             "t -18000 00:00:01, f -18000");
  const auto last = f.catalog.last_tick(feed);
  BOOST_TEST((last.ok() && *last == ticks.back().time));
}

BOOST_AUTO_TEST_CASE(a_bad_tick_takes_its_whole_call_with_it) {
  Fixture f;
  const FeedId feed = f.feed("us");
  const engine::Instrument added[] = {{InstrumentId{0}, "A", Price{1}, Quantity{1}}};
  engine::Bar crooked = bar(0, "2");
  crooked.high = price("1");
  const engine::Tick ticks[] = {tick(Time{1'000'000}, {bar(0, "1")}), tick(Time{2'000'000}, {crooked})};
  BOOST_TEST(failure(f.catalog.store_ticks(feed, added, ticks, {2, 0, 0, {}})).starts_with("refused: "));
  BOOST_TEST(f.value("SELECT (SELECT count(*) FROM market_tick) + (SELECT count(*) FROM market_instrument)"
                     " + (SELECT rows_accepted FROM market_feed)") == "0");
  // The same call is good again without the bad tick.
  BOOST_TEST(failure(f.catalog.store_ticks(feed, added, std::span(ticks).first(1), {1, 0, 0, {}})) == "ok");
}

BOOST_AUTO_TEST_CASE(a_lost_session_is_replaced) {
  Fixture f;
  BOOST_REQUIRE_EQUAL(failure(f.catalog.load_users()), "ok");
  f.admin.exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
      " AND pid <> pg_backend_pid()");
  BOOST_TEST(failure(f.catalog.create_user({"alice"}, Fixture::command("r1", "alice"))) == "ok");
  Catalog nowhere(ConnectionOptions{"host=/nonexistent dbname=x", "", ""});
  BOOST_TEST(failure(nowhere.load_users()).starts_with("unavailable: "));
}

BOOST_AUTO_TEST_CASE(trouble_of_the_server_is_told_from_a_refusal) {
  struct Case {
    const char* sqlstate;
    StoreErrorKind kind;
  };
  constexpr Case kCases[] = {
      {"08006", StoreErrorKind::unavailable}, {"25006", StoreErrorKind::unavailable},
      {"40001", StoreErrorKind::unavailable}, {"40P01", StoreErrorKind::unavailable},
      {"53100", StoreErrorKind::unavailable}, {"53300", StoreErrorKind::unavailable},
      {"55P03", StoreErrorKind::unavailable}, {"57014", StoreErrorKind::unavailable},
      {"58030", StoreErrorKind::unavailable}, {"XX001", StoreErrorKind::unavailable},
      {"22003", StoreErrorKind::refused},     {"23503", StoreErrorKind::refused},
      {"23505", StoreErrorKind::conflict},    {"25001", StoreErrorKind::refused},
      {"42501", StoreErrorKind::refused},     {"55000", StoreErrorKind::refused},
      {"TD002", StoreErrorKind::refused},
  };
  for (const Case& one : kCases) {
    const StoreError error = to_store_error(DatabaseError(DatabaseTrouble::refused, one.sqlstate, "ERROR:  so\n"));
    BOOST_TEST((error.kind == one.kind), one.sqlstate);
    BOOST_TEST(error.message == "so");
  }
}

BOOST_AUTO_TEST_CASE(a_session_on_a_standby_is_replaced) {
  Fixture f;
  const std::string setting = "ALTER DATABASE " + f.database.name() + " SET default_transaction_read_only = ";
  f.admin.exec(setting + "on");
  const auto create = [&] { return failure(f.catalog.create_user({"alice"}, Fixture::command("r1", "alice"))); };
  BOOST_TEST(create().starts_with("unavailable: "));
  f.admin.exec(setting + "off");
  BOOST_TEST(create() == "ok");
}

BOOST_AUTO_TEST_CASE(a_replaced_daemon_stores_no_ticks) {
  Fixture f;
  const FeedId feed = f.feed("us");
  const engine::Instrument added[] = {{InstrumentId{0}, "A", Price{1}, Quantity{1}}};
  const engine::Tick ticks[] = {tick(Time{1'000'000}, {bar(0, "1")}), tick(Time{2'000'000}, {bar(0, "1")}),
                                tick(Time{3'000'000}, {bar(0, "1")})};
  const auto store = [&](std::size_t count) {
    return failure(f.catalog.store_ticks(feed, added, std::span(ticks).first(count), {1, 0, 0, {}}));
  };
  const auto lease = [&](const char* holder) {
    return std::move(Lease::acquire({f.database.dsn(), "tradingd_runtime", "lease"}, engine::all_shards(), holder,
                                    std::chrono::seconds(60)))
        .value();
  };
  auto first = lease("a");
  f.catalog.set_epoch(first->epoch());
  BOOST_TEST(store(1) == "ok");
  {
    // A batch under way, which holds its shards' rows, isn't waited for.
    Transaction batch(f.admin);
    f.admin.exec("SELECT FROM engine_shard FOR NO KEY UPDATE");
    f.admin.exec("UPDATE engine_shard SET last_batch = 1");
    BOOST_TEST(store(2) == "ok");
    batch.commit();
  }
  first.reset();
  auto second = lease("b");
  BOOST_TEST(store(3).starts_with("fenced: "));
  BOOST_TEST(f.value("SELECT count(*) FROM market_tick") == "2");
  f.catalog.set_epoch(second->epoch());
  BOOST_TEST(store(3) == "ok");
  BOOST_TEST((second->release() == LeaseStatus::held));
  BOOST_TEST(store(3).starts_with("fenced: "));
}

BOOST_AUTO_TEST_CASE(only_finished_runs_are_deleted) {
  Fixture f;
  f.admin.exec(
      "INSERT INTO app_user (user_id, name) VALUES (1, 'alice');"
      "INSERT INTO strategy_run (user_id, run_id) VALUES (1, 5);"
      "INSERT INTO engine_state (user_id, run_id) VALUES (1, 5);"
      "INSERT INTO event_ledger (user_id, run_id, seq, type) VALUES (1, 5, 1, 'X')");
  const RunKey run{UserId{1}, RunId{5}};
  BOOST_TEST(failure(f.catalog.delete_run(run, Fixture::command("d1", "5"))).starts_with("refused: run 5"));
  f.admin.exec("UPDATE strategy_run SET status = 'STOPPED'");
  const auto deleted = f.catalog.delete_run(run, Fixture::command("d1", "5"));
  BOOST_REQUIRE_EQUAL(failure(deleted), "ok");
  BOOST_TEST(f.value("SELECT (SELECT count(*) FROM strategy_run) + (SELECT count(*) FROM event_ledger)") == "0");
  BOOST_TEST(f.value("SELECT concat_ws(' ', user_id, run_id) FROM command_log") == "1 5");
  const auto again = f.catalog.delete_run(run, Fixture::command("d1", "5"));
  BOOST_TEST((again.ok() && again->repeated && again->result == deleted->result));
  BOOST_TEST(failure(f.catalog.delete_run(run, Fixture::command("d2", "5"))) == "not_found: there is no run 5");
}

BOOST_AUTO_TEST_SUITE_END()
