#include "daemon/store/postgres_ledger.h"

#include <fmt/format.h>

#include "daemon/base/failpoint.h"
#include "daemon/store/fields.h"
#include "daemon/store/market_loading.h"
#include "daemon/store/migrations.h"
#include "daemon/store/standing.h"

namespace tradingd::store {

namespace {

using engine::ApplyOutcome;
using engine::ApplyStatus;
using engine::BatchFate;

constexpr const char* kFenced = "TD001";
/// From so many runs on, the fast path is the faster one.
constexpr std::size_t kFastRunsMin = 32;
/// How often a run's engine_status is brought up to date; the runs' turns are spread over it.
constexpr std::chrono::seconds kReportInterval{10};
/// "Read only": what had been the primary is a standby now.
constexpr const char* kReadOnly = "25006";

constexpr const char* kCreateRun = "SELECT create_run($1, $2, $3, $4, $5, $6::jsonb, $7::bytea, $8, $9)";
constexpr const char* kFailRun = "SELECT fail_run($1, $2, $3::int[], $4, $5, $6)";
constexpr const char* kReadBack = "SELECT read_back_batch($1, $2, $3)";
constexpr const char* kNextRunId = "SELECT nextval(pg_get_serial_sequence('tradingd.strategy_run', 'run_id'))";
constexpr const char* kFindCommand =
    "SELECT method, arguments, result, ok FROM command_log WHERE user_id = $1 AND request_id = $2";

std::string text(std::int64_t number) { return std::to_string(number); }
std::string text(Time time) { return time == kTimeMin ? "-infinity" : format_time(time); }

std::vector<RunKey> refused_runs(const Rows& rows) {
  std::vector<RunKey> refused;
  refused.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    refused.push_back({UserId{rows.integer(row, 0)}, RunId{rows.integer(row, 1)}});
  }
  return refused;
}

}  // namespace

PostgresLedger::PostgresLedger(ConnectionOptions options, ConfigReader read_config, WritePath path)
    : options_(std::move(options)), read_config_(std::move(read_config)), path_(path) {}

Connection& PostgresLedger::connection() {
  if (!connection_ || !connection_->usable()) {
    connection_.reset();
    auto fresh = std::make_unique<Connection>(options_);
    if (path_ == WritePath::automatic) {
      const Result<bool> fast = has_fast_writes(*fresh);
      if (!fast.ok()) throw DatabaseError(DatabaseTrouble::unavailable, "", fast.error().message);
      writes_fast_ = *fast;
    } else {
      writes_fast_ = path_ == WritePath::fast;
    }
    types_ = load_batch_types(*fresh);
    connection_ = std::move(fresh);
  }
  return *connection_;
}

ApplyOutcome PostgresLedger::write(const std::function<Rows(Connection&)>& send) {
  Connection* open = nullptr;
  try {
    open = &connection();
  } catch (const DatabaseError& error) {
    return {ApplyStatus::unavailable, {}, error.sqlstate(), error.what()};
  }
  try {
    return {ApplyStatus::committed, refused_runs(send(*open)), {}, {}};
  } catch (const DatabaseError& error) {
    if (error.unavailable()) return {ApplyStatus::unknown, {}, error.sqlstate(), error.what()};
    if (error.sqlstate() == kFenced) return {ApplyStatus::fenced, {}, error.sqlstate(), error.what()};
    if (error.sqlstate() == kReadOnly) connection_.reset();  // the next one may reach the new primary
    return {ApplyStatus::rejected, {}, error.sqlstate(), error.what()};
  }
}

Rows PostgresLedger::send_batch(Connection& open, const engine::BatchKey& key,
                                std::span<const engine::RunWrites> runs) {
  // Switching the checks off drops all kept plans, which costs a small batch more than the checks do.
  const bool fast = writes_fast_ && (path_ == WritePath::fast || runs.size() >= kFastRunsMin);
  return open.exec_binary(apply_statement(fast), rows_.encode(types_, key, runs, due_reports(runs)));
}

std::span<const std::int32_t> PostgresLedger::due_reports(std::span<const engine::RunWrites> runs) {
  const auto now = std::chrono::steady_clock::now();
  due_.clear();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const bool ended = !runs[i].state->running;
    const auto turn = std::chrono::seconds(runs[i].key.run.value % kReportInterval.count());
    const auto last = reported_.try_emplace(runs[i].key, now - turn).first;
    if (ended || now - last->second >= kReportInterval) {
      last->second = now;
      due_.push_back(static_cast<std::int32_t>(i + 1));
    }
    if (ended) reported_.erase(last);
  }
  return due_;
}

ApplyOutcome PostgresLedger::apply(const engine::BatchKey& key, std::span<const engine::RunWrites> runs) {
  return write([&](Connection& open) {
    const Rows refused = send_batch(open, key, runs);
    FAILPOINT("ledger.applied");
    return refused;
  });
}

ApplyOutcome PostgresLedger::start_run(const engine::BatchKey& key, const engine::NewRun& run,
                                       const engine::RunWrites& writes) {
  return write([&](Connection& open) {
    Transaction transaction(open);
    open.exec(kCreateRun,
              {text(run.key.user.value), text(run.key.run.value), run.name, run.strategy, text(run.feed.value),
               run.config, "\\x" + to_hex(run.config_hash), to_string(run.initial_cash), text(run.start_time)});
    FAILPOINT("ledger.run_created");
    const Rows refused = send_batch(open, key, {&writes, 1});
    TD_ASSERT(refused.empty());  // nobody else can have touched a run made a moment ago
    transaction.commit();
    return refused;
  });
}

ApplyOutcome PostgresLedger::fail_run(const engine::BatchKey& key, RunKey run, const std::string& reason) {
  return write([&](Connection& open) {
    open.exec(kFailRun, {text(key.epoch), text(key.number), fmt::format("{{{}}}", engine::shard_of(run.user)),
                         text(run.user.value), text(run.run.value), reason});
    return open.exec("SELECT WHERE false");
  });
}

BatchFate PostgresLedger::read_back(const engine::BatchKey& key, int shard) {
  try {
    const Rows rows = connection().exec(kReadBack, {text(key.epoch), text(key.number), text(shard)});
    const std::string_view fate = rows.text(0, 0);
    if (fate == "committed") return BatchFate::committed;
    return fate == "absent" ? BatchFate::absent : BatchFate::fenced;
  } catch (const DatabaseError&) {
    return BatchFate::unavailable;
  }
}

template <typename T>
Result<T> PostgresLedger::read(const char* what, const std::function<T(Connection&)>& query) {
  unreadable_ = false;
  try {
    return query(connection());
  } catch (const DatabaseError& error) {
    return Error{fmt::format("can't {}: {}", what, error.what())};
  } catch (const UnreadableField& error) {
    unreadable_ = true;
    return Error{fmt::format("can't {}: {}", what, error.what())};
  }
}

Result<RunId> PostgresLedger::allocate_run_id() {
  return read<RunId>("number a new run", [](Connection& open) { return RunId{open.exec(kNextRunId).integer(0, 0)}; });
}

Result<engine::LoadedRuns> PostgresLedger::load_runs(std::span<const int> shards) {
  return read<engine::LoadedRuns>("load the runs",
                                  [&](Connection& open) { return load_runs_of_shards(open, shards, read_config_); });
}

Result<engine::LoadedRuns> PostgresLedger::load_run(RunKey run) {
  return read<engine::LoadedRuns>("load the run",
                                  [&](Connection& open) { return load_one_run(open, run, read_config_); });
}

Result<engine::Market> PostgresLedger::load_market(FeedId feed, Time time) {
  return read<engine::Market>("load the market",
                              [&](Connection& open) { return store::load_market(open, feed, time); });
}

Result<std::vector<engine::Tick>> PostgresLedger::load_ticks(FeedId feed, Time after, int limit) {
  return read<std::vector<engine::Tick>>("load the feed's ticks",
                                         [&](Connection& open) { return store::load_ticks(open, feed, after, limit); });
}

Result<engine::StandingOrders> PostgresLedger::load_standing_orders(std::int64_t after) {
  return read<engine::StandingOrders>("load the standing orders",
                                      [&](Connection& open) { return store::load_standing_orders(open, after); });
}

Result<std::optional<engine::StoredCommand>> PostgresLedger::find_command(UserId user, const std::string& request_id) {
  return read<std::optional<engine::StoredCommand>>(
      "look up the command", [&](Connection& open) -> std::optional<engine::StoredCommand> {
        const Rows rows = open.exec(kFindCommand, {text(user.value), request_id});
        if (rows.empty()) return std::nullopt;
        Fields row(rows, 0);
        engine::StoredCommand command;
        command.method = row.text();
        command.arguments = row.text();
        command.result = row.text();
        command.ok = row.boolean();
        return command;
      });
}

}  // namespace tradingd::store
