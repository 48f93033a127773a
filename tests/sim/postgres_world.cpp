#include "tests/sim/postgres_world.h"

#include <fmt/format.h>

#include "daemon/engine/shards.h"
#include "daemon/store/fields.h"
#include "daemon/store/migrations.h"
#include "daemon/store/run_history.h"
#include "daemon/store/standing.h"
#include "tests/sim/random.h"

namespace tradingd::sim {

namespace {

using engine::ApplyOutcome;

/// Added to a version by `tamper`; no run comes so far.
constexpr std::int64_t kTampered = 1'000'000;

std::string text(std::int64_t number) { return std::to_string(number); }
std::string text(Time time) { return format_time(time); }

store::ConfigReader reader_of(const Configs& configs) {
  return [&configs](const std::string& json) -> Result<std::shared_ptr<const engine::RunConfig>> {
    const auto digits = json.find_first_of("0123456789");
    if (digits == std::string::npos) {
      return Error{"no configuration: " + json};
    }
    return configs.at(std::stoul(json.substr(digits)));
  };
}

}  // namespace

PostgresWorld::PostgresWorld(std::uint64_t seed, const Configs& configs, store::WritePath path)
    : configs_(configs), path_(path), random_(seed ^ 0x5EED), saboteur_(database_.dsn()) {
  // Long enough for a saboteur to see a session wait, short enough for many faults.
  sql().exec(fmt::format("ALTER DATABASE {} SET deadlock_timeout = '30ms'", database_.name()));
}

store::ConnectionOptions PostgresWorld::runtime() const {
  return {database_.dsn() + " options='-c lock_timeout=150ms'", "tradingd_runtime", kDaemonName};
}

store::Connection& PostgresWorld::sql() {
  if (sql_ == nullptr || !sql_->usable()) {
    sql_ = connect(database_.dsn());
  }
  return *sql_;
}

// --- The surroundings

UserId PostgresWorld::add_user() {
  const std::string count = text(sql().exec("SELECT count(*) FROM app_user").integer(0, 0));
  // Some share a shard, some don't.
  return UserId{sql()
                    .exec("INSERT INTO app_user (user_id, name) SELECT CASE WHEN n % 3 = 0 THEN n * 64 ELSE n * 5 END,"
                          " 'user' || n FROM (SELECT $1::bigint + 1 AS n) AS next RETURNING user_id",
                          {count})
                    .integer(0, 0)};
}

FeedId PostgresWorld::add_feed() {
  return FeedId{sql()
                    .exec("INSERT INTO market_feed (name) SELECT 'feed' || count(*) FROM market_feed RETURNING feed_id")
                    .integer(0, 0)};
}

void PostgresWorld::add_instrument(FeedId feed, const engine::Instrument& instrument) {
  sql().exec("INSERT INTO market_instrument (feed_id, instrument_id, symbol, listed) VALUES ($1, $2, $3, $4)",
             {text(feed.value), text(instrument.id.value), instrument.symbol, instrument.listed ? "t" : "f"});
  symbols_[feed].push_back(instrument.symbol);
}

void PostgresWorld::store_tick(FeedId feed, const engine::Tick& tick) {
  store::Connection& open = sql();
  store::Transaction transaction(open);
  open.exec(
      "INSERT INTO market_tick (feed_id, logical_time, session_date, market_open, rows) VALUES ($1, $2, $3, $4, $5)",
      {text(feed.value), text(tick.time), format_date(tick.session.date), tick.session.open ? "t" : "f",
       text(static_cast<std::int64_t>(tick.bars.size()))});
  for (const engine::Bar& bar : tick.bars) {
    open.exec("INSERT INTO market_bar VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
              {text(feed.value), text(tick.time), text(bar.instrument.value),
               symbols_.at(feed).at(static_cast<std::size_t>(bar.instrument.value)), to_string(bar.open),
               to_string(bar.high), to_string(bar.low), to_string(bar.close), to_string(bar.volume)});
  }
  transaction.commit();
}

void PostgresWorld::log_foreign_command(UserId user, const std::string& request_id) {
  sql().exec("INSERT INTO command_log (user_id, request_id, method, result) VALUES ($1, $2, 'user.set_limits', '{}')",
             {text(user.value), request_id});
}

engine::StandingOrder PostgresWorld::add_standing_order(UserId user, engine::TradingState state) {
  engine::StandingOrder order;
  order.user = user;
  order.state = state;
  order.cause = "standing " + text(++standing_orders_);
  order.revision = store::set_trading_control(sql(), user, RunId{0}, state, order.cause, order.uid);
  return order;
}

// --- The daemon's side

std::int64_t PostgresWorld::take_lease() {
  for (int tries = 0;; ++tries) {
    lease_.reset();  // its session goes, and with it the locks
    auto taken = store::Lease::acquire(runtime(), engine::all_shards(), "sim", std::chrono::hours(1));
    if (taken.ok()) {
      lease_ = std::move(*taken);
      return lease_->epoch();
    }
    require(tries < 20, "can't take the lease: " + taken.error().message);
  }
}

std::unique_ptr<engine::LedgerStore> PostgresWorld::open_ledger() {
  return std::make_unique<store::PostgresLedger>(runtime(), reader_of(configs_), path_);
}

// --- Faults

ApplyOutcome PostgresWorld::lose(bool committed, std::span<const RunKey> runs,
                                 const std::function<ApplyOutcome()>& send) {
  if (committed) {
    return saboteur_.after_commit(send);
  }
  switch (random_.below(4)) {
    case 0:
      return saboteur_.at_commit(Saboteur::Blow::terminate, send);
    case 1:
      return saboteur_.while_locked(engine::shard_of(runs.front().user), Saboteur::Blow::terminate, send);
    case 2:
      saboteur_.terminate_idle();
      return send();
    default:
      return saboteur_.at_commit(Saboteur::Blow::cancel, send);
  }
}

ApplyOutcome PostgresWorld::strike(Fault fault, const engine::BatchKey& /*key*/, std::span<const RunKey> runs,
                                   const std::function<ApplyOutcome()>& send) {
  const int shard = engine::shard_of(runs.front().user);
  switch (fault) {
    case Fault::unavailable:
      saboteur_.terminate_idle();
      return send();
    case Fault::lost_absent:
    case Fault::lost_committed:
      return lose(fault == Fault::lost_committed, runs, send);
    case Fault::deadlock:
      return saboteur_.deadlock(runs.back(), send);
    case Fault::serialization:
      return saboteur_.refused_with("40001", send);
    case Fault::disk_full:
      return saboteur_.refused_with("53100", send);
    case Fault::read_only:
      return saboteur_.refused_with("25006", send);
    case Fault::no_permission:
      return saboteur_.forbidden(send);
    case Fault::lock_timeout:
      return saboteur_.until_timeout(shard, send);
    case Fault::statement_timeout:
      return saboteur_.while_locked(shard, Saboteur::Blow::cancel, send);
    case Fault::server_killed: {
      if (random_.chance(1, 4)) {
        sql_.reset();
        saboteur_.kill_server();
        return send();
      }
      ApplyOutcome outcome = saboteur_.at_commit(Saboteur::Blow::kill, send);
      sql_.reset();
      return outcome;
    }
    default:
      return send();
  }
}

void PostgresWorld::poison(RunKey run) {
  sql().exec("INSERT INTO sim.poisoned VALUES ($1, $2)", {text(run.user.value), text(run.run.value)});
}

bool PostgresWorld::tamper(RunKey run) {
  return sql()
             .exec(
                 "UPDATE engine_state SET version = version + $3 WHERE user_id = $1 AND run_id = $2"
                 " AND run_status = 'RUNNING' AND version < $3 RETURNING version",
                 {text(run.user.value), text(run.run.value), text(kTampered)})
             .size() == 1;
}

std::optional<std::int64_t> PostgresWorld::stop_behind(RunKey run) {
  const store::Params key{text(run.user.value), text(run.run.value)};
  const store::Rows version =
      sql().exec("SELECT version FROM engine_state WHERE user_id = $1 AND run_id = $2 AND run_status = 'RUNNING'", key);
  if (version.empty()) {
    return std::nullopt;
  }
  sql().exec("UPDATE strategy_run SET status = 'STOPPED' WHERE user_id = $1 AND run_id = $2", key);
  return version.integer(0, 0) % kTampered;
}

bool PostgresWorld::delete_behind(RunKey run) {
  if (!stop_behind(run)) {
    return false;
  }
  sql().exec("DELETE FROM strategy_run WHERE user_id = $1 AND run_id = $2",
             {text(run.user.value), text(run.run.value)});
  return true;
}

void PostgresWorld::heal() { saboteur_.heal(); }

// --- Inspection

std::optional<engine::StoredCommand> PostgresWorld::command(UserId user, const std::string& request_id) {
  const store::Rows rows =
      sql().exec("SELECT method, arguments, result, ok FROM command_log WHERE user_id = $1 AND request_id = $2",
                 {text(user.value), request_id});
  if (rows.empty()) {
    return std::nullopt;
  }
  return engine::StoredCommand{std::string(rows.text(0, 0)), std::string(rows.text(0, 1)), std::string(rows.text(0, 2)),
                               rows.boolean(0, 3)};
}

std::vector<FoundRun> PostgresWorld::runs() {
  // What a saboteur has added to a version is no part of the ledger. Without the guards of finished runs.
  sql().exec(
      fmt::format("SET session_replication_role = replica;"
                  "UPDATE engine_state SET version = version - {0} WHERE version >= {0};"
                  "RESET session_replication_role",
                  kTampered));
  const store::Rows rows = sql().exec(
      "SELECT user_id, run_id, feed_id, status, start_time, initial_cash, version, config"
      " FROM strategy_run JOIN engine_state USING (user_id, run_id) ORDER BY user_id, run_id");
  std::vector<FoundRun> found;
  for (int row = 0; row < rows.size(); ++row) {
    store::Fields fields(rows, row);
    FoundRun run;
    run.key.user = UserId{fields.integer()};
    run.key.run = RunId{fields.integer()};
    run.feed = FeedId{fields.integer()};
    run.status = fields.text();
    run.start_time = fields.time();
    run.initial_cash = fields.decimal<Money>();
    run.version = fields.integer();
    run.config = fields.text();
    found.push_back(std::move(run));
  }
  return found;
}

std::vector<FoundCommand> PostgresWorld::commands(RunKey run) {
  // Of those with one version, the one that gave it comes first: the others came later and changed nothing.
  const store::Rows rows = sql().exec(
      "SELECT request_id, method, run_version, logical_time, ok, result, arguments FROM command_log"
      " WHERE user_id = $1 AND run_id = $2 ORDER BY run_version, logical_time, request_id",
      {text(run.user.value), text(run.run.value)});
  std::vector<FoundCommand> found;
  for (int row = 0; row < rows.size(); ++row) {
    store::Fields fields(rows, row);
    FoundCommand command;
    command.request_id = fields.text();
    command.method = fields.text();
    command.version = fields.integer();
    command.time = fields.time();
    command.ok = fields.boolean();
    command.result = fields.text();
    command.arguments = fields.text();
    found.push_back(std::move(command));
  }
  return found;
}

std::string PostgresWorld::difference(const engine::RunWrites& expected) {
  const auto found = store::find_divergence(sql(), rows_, expected, true);
  if (found) {
    return found->table + " " + found->key + ": expected " + found->expected.dump() + ", found " + found->found.dump();
  }
  const engine::Effects& effects = expected.effects;
  const store::RowCounts wanted{expected.state->next_order - 1,
                                static_cast<std::int64_t>(effects.trades.size()),
                                static_cast<std::int64_t>(expected.state->positions.size()),
                                static_cast<std::int64_t>(effects.cash.size()),
                                static_cast<std::int64_t>(effects.marks.size()),
                                static_cast<std::int64_t>(effects.equity.size()),
                                static_cast<std::int64_t>(effects.events.size())};
  return store::count_rows(sql(), expected.key) == wanted ? "" : "the number of rows differs";
}

std::string PostgresWorld::broken_invariants() {
  const auto breaches = store::check_invariants(sql(), test::sql_dir());
  if (!breaches.ok()) {
    return breaches.error().message;
  }
  return breaches->empty() ? "" : breaches->front().invariant + ": " + breaches->front().detail;
}

std::int64_t PostgresWorld::run_ticks() {
  // Asked after each action; counted now and then.
  if (asked_++ % 32 == 0) {
    run_ticks_ = sql().exec("SELECT count(*) FROM paper_equity_curve").integer(0, 0);
  }
  return run_ticks_;
}

}  // namespace tradingd::sim
