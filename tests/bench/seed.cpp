#include "tests/bench/seed.h"

#include <stdexcept>

#include "daemon/config/strategy.h"
#include "daemon/engine/shards.h"
#include "daemon/store/values.h"

namespace tradingd::bench {

namespace {

constexpr const char* kRows =
    "WITH people AS (INSERT INTO app_user (user_id, name) SELECT n, 'user' || n FROM generate_series(1, $1::int) n),"
    " feed AS (INSERT INTO market_feed (feed_id, name, kind) VALUES (1, 'bench', 'push')),"
    " instrument AS (INSERT INTO market_instrument (feed_id, instrument_id, symbol) VALUES (1, 0, $2)),"
    " runs AS (INSERT INTO strategy_run (user_id, run_id, strategy, feed_id, config, config_hash, initial_cash,"
    " start_time) SELECT n, n, 'sip', 1, ($3::jsonb[])[1 + n % $4::int], ($5::bytea[])[1 + n % $4::int], $6::numeric,"
    " $7::timestamptz FROM generate_series(1, $1::int) n),"
    " states AS (INSERT INTO engine_state (user_id, run_id) SELECT n, n FROM generate_series(1, $1::int) n)"
    " INSERT INTO engine_status (user_id, run_id) SELECT n, n FROM generate_series(1, $1::int) n";
constexpr const char* kSequences =
    "SELECT setval(pg_get_serial_sequence('tradingd.app_user', 'user_id'), $1::bigint),"
    " setval(pg_get_serial_sequence('tradingd.strategy_run', 'run_id'), $1::bigint),"
    " setval(pg_get_serial_sequence('tradingd.market_feed', 'feed_id'), 1)";

void insert_rows(store::Connection& connection, int runs) {
  store::ArrayText configs;
  store::ArrayText hashes;
  for (int plan = 0; plan < kPlans; ++plan) {
    auto document = config::parse_strategy(plan_toml(plan), "plan.toml");
    if (!document.ok()) throw std::runtime_error(document.error().message);
    configs.add(document->canonical_json);
    hashes.add("\\x" + to_hex(document->hash));
  }
  connection.exec("SET session_replication_role = replica");
  connection.exec(kRows, {std::to_string(runs), Desk::kSymbol, std::move(configs).finish(), std::to_string(kPlans),
                          std::move(hashes).finish(), std::to_string(Desk::kInitialCash), format_time(Desk::origin())});
  connection.exec("SET session_replication_role = origin");
  connection.exec(kSequences, {std::to_string(runs)});
}

}  // namespace

store::ConnectionOptions runtime(const std::string& dsn) { return {dsn, "tradingd_runtime", "bench"}; }

std::unique_ptr<store::PostgresLedger> open_ledger(const std::string& dsn, store::WritePath path) {
  const store::ConfigReader none = [](const std::string&) -> Result<std::shared_ptr<const engine::RunConfig>> {
    return Error{"the benchmark reads no runs"};
  };
  return std::make_unique<store::PostgresLedger>(runtime(dsn), none, path);
}

std::unique_ptr<store::Lease> take_lease(const std::string& dsn) {
  auto lease = store::Lease::acquire(runtime(dsn), engine::all_shards(), "bench", std::chrono::seconds(3'600));
  if (!lease.ok()) throw std::runtime_error(lease.error().message);
  return std::move(*lease);
}

void apply(store::PostgresLedger& ledger, std::int64_t epoch, std::int64_t& batch, std::span<engine::RunWrites> writes,
           std::size_t chunk) {
  for (std::size_t at = 0; at < writes.size(); at += chunk) {
    const auto part = writes.subspan(at, std::min(chunk, writes.size() - at));
    const engine::ApplyOutcome outcome = ledger.apply({epoch, ++batch}, part);
    if (outcome.status != engine::ApplyStatus::committed || !outcome.refused.empty()) {
      throw std::runtime_error("a batch was not taken: " + outcome.message);
    }
  }
}

void seed(const std::string& dsn, Desk& desk, int runs) {
  store::Connection connection({dsn, "", "bench"});
  insert_rows(connection, runs);
  const auto lease = take_lease(dsn);
  desk.start();
  std::int64_t batch = 0;
  apply(*open_ledger(dsn, store::WritePath::automatic), lease->epoch(), batch, desk.writes(), 4096);
  connection.exec("VACUUM ANALYZE");
  static_cast<void>(lease->release());
}

}  // namespace tradingd::bench
