#pragma once
// The rows that a Desk's runs need before their first batch, and that batch.

#include <memory>
#include <string>

#include "daemon/store/lease.h"
#include "daemon/store/postgres_ledger.h"
#include "tests/bench/desk.h"

namespace tradingd::bench {

/// A connection's options in the daemon's writing role.
[[nodiscard]] store::ConnectionOptions runtime(const std::string& dsn);
/// A ledger that reads no runs.
[[nodiscard]] std::unique_ptr<store::PostgresLedger> open_ledger(const std::string& dsn, store::WritePath path);
[[nodiscard]] std::unique_ptr<store::Lease> take_lease(const std::string& dsn);

/// Applies `writes` in chunks as the daemon does; throws std::runtime_error unless every run is taken.
void apply(store::PostgresLedger& ledger, std::int64_t epoch, std::int64_t& batch, std::span<engine::RunWrites> writes,
           std::size_t chunk);

/// Users, a push feed "bench" with one instrument, runs and their first batch, in a migrated database without any.
void seed(const std::string& dsn, Desk& desk, int runs);

}  // namespace tradingd::bench
