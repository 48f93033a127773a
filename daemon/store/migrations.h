#pragma once
// Brings a database to this program's schema, and tells whether it is at it.

#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

/// The schema that this program was written for: the number of the last file in sql/migrations.
inline constexpr int kSchemaVersion = 13;

struct MigrationReport {
  int version = 0;  // of the database now
  int applied = 0;  // how many migrations were missing
  /// False: the server doesn't grant SET ON PARAMETER session_replication_role, so batches are written with the
  /// row-by-row checks on, about 2.5 times slower.
  bool fast_writes = false;
};

/// Sets up roles, schema and database (sql/setup.sql), then applies the files of `sql_dir`/migrations that the
/// database lacks and all of `sql_dir`/functions again, in one transaction, one migrator at a time. Each file's digest
/// is kept; a file that was changed after it was applied, or a database newer than the files, is refused. Idempotent.
/// `dsn` must name someone who may create roles and owns the database: a superuser, normally.
[[nodiscard]] Result<MigrationReport> migrate(const std::string& dsn, const std::string& sql_dir);

/// 0: no migration was ever applied.
[[nodiscard]] Result<int> schema_version(Connection& connection);

/// An error unless the database is exactly at kSchemaVersion; its message says what to run.
[[nodiscard]] Result<int> require_schema(Connection& connection);

/// Whether batches can take the fast path (see MigrationReport::fast_writes).
[[nodiscard]] Result<bool> has_fast_writes(Connection& connection);

struct InvariantBreach {
  std::string invariant;
  std::string detail;  // one example
  std::int64_t count = 0;
};

/// Runs `sql_dir`/invariants.sql; empty on a sound ledger.
[[nodiscard]] Result<std::vector<InvariantBreach>> check_invariants(Connection& connection, const std::string& sql_dir);

}  // namespace tradingd::store
