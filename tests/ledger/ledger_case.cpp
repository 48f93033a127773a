#include "tests/ledger/ledger_case.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "daemon/engine/shards.h"
#include "daemon/store/migrations.h"

namespace tradingd::test {

namespace {

store::ConfigReader reader_of(const std::shared_ptr<std::vector<std::shared_ptr<const engine::RunConfig>>>& configs) {
  return [configs](const std::string& json) -> Result<std::shared_ptr<const engine::RunConfig>> {
    // {"number": "3"}
    const auto digits = json.find_first_of("0123456789");
    if (digits == std::string::npos) return Error{"no configuration: " + json};
    return configs->at(std::stoul(json.substr(digits)));
  };
}

Price price_of(const std::string& text) { return parse_decimal(text, kPriceMax).value(); }

}  // namespace

Time minute(int minutes) {
  return {parse_time("2020-01-02T15:00:00Z")->us + std::int64_t{minutes} * 60 * kMicrosecondsPerSecond};
}

engine::PlaceOrder buy(const std::string& quantity, const std::string& limit) {
  engine::PlaceOrder order;
  order.symbol = "AAPL";
  order.tif = engine::TimeInForce::gtc;
  order.quantity = Quantity{static_cast<std::int64_t>(parse_units(quantity).value())};
  if (!limit.empty()) {
    order.type = engine::OrderType::limit;
    order.limit_price = parse_decimal(limit, kPriceMax);
  }
  return order;
}

TestFeed::TestFeed(store::Connection& sql, const std::string& name) : sql_(sql) {
  id = FeedId{sql.exec("INSERT INTO market_feed (name) VALUES ($1) RETURNING feed_id", {name}).integer(0, 0)};
  for (const char* symbol : {"AAPL", "MSFT"}) {
    const auto number = static_cast<std::int32_t>(market.instruments().size());
    market.add_instrument({InstrumentId{number}, symbol, Price{1'000'000}, Quantity{kScale}});
    sql.exec("INSERT INTO market_instrument VALUES ($1, $2, $3, 0.01, 1)",
             {std::to_string(id.value), std::to_string(number), symbol});
  }
}

const engine::Tick& TestFeed::tick(Time time, const std::string& aapl, const std::string& msft, bool open) {
  last_ = {};
  last_.time = time;
  last_.session.date = utc_date(time);
  last_.session.open = open;
  const std::string feed = std::to_string(id.value);
  sql_.exec(
      "INSERT INTO market_tick (feed_id, logical_time, session_date, market_open, rows) VALUES ($1, $2, $3, $4, 2)",
      {feed, format_time(time), format_date(last_.session.date), open ? "t" : "f"});
  for (const auto& [number, symbol, text] : {std::tuple{0, "AAPL", aapl}, std::tuple{1, "MSFT", msft}}) {
    const Price price = price_of(text);
    last_.bars.push_back({InstrumentId{number}, price, price, price, price, Quantity{}});
    sql_.exec("INSERT INTO market_bar VALUES ($1, $2, $3, $4, $5, $5, $5, $5, 0)",
              {feed, format_time(time), std::to_string(number), symbol, text});
  }
  market.apply(last_);
  return last_;
}

TestRun::TestRun(LedgerCase& owner, TestFeed& used_feed, engine::LoadedRun loaded)
    : state(std::move(loaded.state)), feed(used_feed), owner_(owner) {
  writes.key = state.key;
  writes.expected_version = state.version;
}

engine::StepResult TestRun::step_at(Time time, engine::InputBody body) {
  const engine::EffectsPosition from = position_of(writes.effects);
  const engine::StepResult result = engine::step(state, {time, &feed.market, std::move(body)}, writes.effects);
  advance_digest(state, writes.effects, from, scratch_);
  return result;
}

engine::StepResult TestRun::step(engine::InputBody body) {
  return step_at(engine::next_command_time(state, feed.market), std::move(body));
}

engine::ApplyOutcome TestRun::commit() {
  writes.state = &state;
  writes.market = &feed.market;
  writes.strategy_changed = true;
  if (!state.running) writes.end_reason = "stopped by the test";
  const engine::ApplyOutcome outcome = owner_.ledger->apply(owner_.next_batch(), {&writes, 1});
  if (outcome.status == engine::ApplyStatus::committed && outcome.refused.empty()) {
    writes.effects.clear();
    writes.commands.clear();
    writes.expected_version = state.version;
  }
  return outcome;
}

engine::StepResult TestRun::run(engine::InputBody body) {
  const engine::StepResult result = step(std::move(body));
  const engine::ApplyOutcome outcome = commit();
  BOOST_REQUIRE_MESSAGE(outcome.status == engine::ApplyStatus::committed && outcome.refused.empty(), outcome.message);
  return result;
}

engine::StepResult TestRun::tick(Time time, const std::string& aapl, const std::string& msft, bool open) {
  const engine::Tick& tick = feed.tick(time, aapl, msft, open);
  const engine::StepResult result = step_at(time, engine::RunTick{&tick});
  const engine::ApplyOutcome outcome = commit();
  BOOST_REQUIRE_MESSAGE(outcome.status == engine::ApplyStatus::committed && outcome.refused.empty(), outcome.message);
  return result;
}

LedgerCase::LedgerCase(store::WritePath used_path)
    : sql({database.dsn(), "", "case"}),
      path(used_path),
      configs(std::make_shared<std::vector<std::shared_ptr<const engine::RunConfig>>>()) {
  auto taken = store::Lease::acquire(runtime(), engine::all_shards(), "the test", std::chrono::seconds(60));
  BOOST_REQUIRE_MESSAGE(taken.ok(), (taken.ok() ? "" : taken.error().message));
  lease = std::move(*taken);
  ledger = another_ledger();
}

LedgerCase::~LedgerCase() { check_invariants(); }

std::unique_ptr<store::PostgresLedger> LedgerCase::another_ledger() const {
  return std::make_unique<store::PostgresLedger>(runtime(), reader_of(configs), path);
}

UserId LedgerCase::add_user(const std::string& name) {
  return UserId{sql.exec("INSERT INTO app_user (name) VALUES ($1) RETURNING user_id", {name}).integer(0, 0)};
}

RunKey LedgerCase::add_bare_run(UserId user, const std::string& status) {
  const store::Rows rows = sql.exec("INSERT INTO strategy_run (user_id, status) VALUES ($1, $2) RETURNING run_id",
                                    {std::to_string(user.value), status});
  return {user, RunId{rows.integer(0, 0)}};
}

TestRun LedgerCase::start(UserId user, TestFeed& feed, const std::string& cash, engine::RunConfig config) {
  engine::LoadedRun fresh;
  fresh.state.key = {user, ledger->allocate_run_id().value()};
  configs->push_back(std::make_shared<engine::RunConfig>(std::move(config)));
  fresh.state.config = configs->back();
  TestRun run(*this, feed, std::move(fresh));
  const Money initial = parse_decimal(cash, kMoneyMax).value();
  const Time time = feed.market.time() == kTimeMin ? minute(-1) : feed.market.time();
  BOOST_REQUIRE(run.step_at(time, engine::Start{initial}).status == engine::StepStatus::applied);
  run.writes.state = &run.state;
  run.writes.market = &feed.market;
  const engine::NewRun row{run.key(), feed.id, "manual", "", fmt::format("{{\"number\": \"{}\"}}", configs->size() - 1),
                           Digest{},  initial, time};
  const engine::ApplyOutcome outcome = ledger->start_run(next_batch(), row, run.writes);
  BOOST_REQUIRE_MESSAGE(outcome.status == engine::ApplyStatus::committed, outcome.message);
  run.writes.effects.clear();
  run.writes.expected_version = run.state.version;
  return run;
}

std::string LedgerCase::value(const std::string& query, const store::Params& params) {
  const store::Rows rows = params.empty() ? sql.exec(query) : sql.exec(query, params);
  return std::string(rows.text(0, 0));
}

int LedgerCase::count(const std::string& table, RunKey run) {
  return std::stoi(value(
      fmt::format("SELECT count(*) FROM {} WHERE user_id = {} AND run_id = {}", table, run.user.value, run.run.value)));
}

std::string LedgerCase::refusal(const std::string& statement, const store::Params& params) {
  try {
    params.empty() ? sql.exec(statement) : sql.exec(statement, params);
    return "";
  } catch (const store::DatabaseError& error) {
    return error.sqlstate();
  }
}

void LedgerCase::check_invariants() {
  // The plan's post-run assertions, word for word.
  BOOST_TEST(value("SELECT COUNT(*) FROM engine_state es LEFT JOIN strategy_run sr ON sr.user_id=es.user_id AND "
                   "sr.run_id=es.run_id WHERE sr.run_id IS NULL;") == "0");
  BOOST_TEST(sql.exec("SELECT user_id, run_id, logical_time, COUNT(*) FROM mtm_ledger GROUP BY user_id, run_id, "
                      "logical_time HAVING COUNT(*) > 1;")
                 .empty());
  BOOST_TEST(sql.exec("SELECT user_id, COUNT(*) FROM strategy_run WHERE status='RUNNING' GROUP BY user_id HAVING "
                      "COUNT(*) > 1;")
                 .empty());
  const auto broken = store::check_invariants(sql, sql_dir());
  BOOST_REQUIRE_MESSAGE(broken.ok(), (broken.ok() ? "" : broken.error().message));
  for (const store::InvariantBreach& breach : *broken) {
    BOOST_ERROR(fmt::format("{}: {} ({})", breach.invariant, breach.detail, breach.count));
  }
}

void on_both_paths(const std::function<void(LedgerCase&)>& body) {
  for (const auto& [path, name] :
       {std::pair{store::WritePath::fast, "fast path"}, std::pair{store::WritePath::checked, "checked path"}}) {
    BOOST_TEST_CONTEXT(name) {
      LedgerCase ledger(path);
      body(ledger);
    }
  }
}

}  // namespace tradingd::test
