#include "daemon/store/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/base/digest.h"

namespace tradingd::store {

namespace {

namespace fs = std::filesystem;

/// Any number that nobody else uses; held while migrating.
constexpr const char* kLockMigrations = "SELECT pg_advisory_lock(7498251, 0)";
/// Roles are rows of the whole cluster: two databases that are set up at once can collide there.
constexpr const char* kConcurrentUpdate = "XX000";
constexpr int kSetupAttempts = 10;

struct Migration {
  int version = 0;
  std::string name;
  std::string sql;
  std::string digest;
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) throw std::runtime_error(fmt::format("can't read {}: reinstall the package", path.string()));
  return content.str();
}

/// The files of a folder that end in .sql, by name.
std::vector<fs::path> sql_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".sql") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// "0001_tables.sql" …, which must be numbered 1, 2, 3 … without a gap.
std::vector<Migration> read_migrations(const fs::path& folder) {
  std::vector<Migration> migrations;
  for (const fs::path& path : sql_files(folder)) {
    Migration migration{0, path.filename().string(), read_file(path), ""};
    const auto [end, error] = std::from_chars(migration.name.data(), migration.name.data() + 4, migration.version);
    if (error != std::errc{} || *end != '_') {
      throw std::runtime_error(fmt::format("{} is no migration: its name must be like 0001_what.sql", path.string()));
    }
    migration.digest = to_hex(digest_of(migration.sql));
    migrations.push_back(std::move(migration));
  }
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].version != static_cast<int>(i) + 1) {
      throw std::runtime_error(fmt::format("{} lacks migration {}: reinstall the package", folder.string(), i + 1));
    }
  }
  return migrations;
}

int version_of(Connection& connection) {
  if (connection.exec("SELECT to_regclass('tradingd.schema_version')").is_null(0, 0)) return 0;
  return static_cast<int>(
      connection.exec("SELECT coalesce(max(version), 0) FROM tradingd.schema_version").integer(0, 0));
}

void set_up(Connection& connection, const std::string& sql) {
  for (int attempt = 1;; ++attempt) {
    try {
      Transaction transaction(connection);
      connection.exec(sql);
      transaction.commit();
      return;
    } catch (const DatabaseError& error) {
      if (error.sqlstate() == "42501") {
        throw std::runtime_error(fmt::format(
            "the ledger can't be set up: {}; run --migrate once as a superuser of the server, or as the owner of the "
            "database with CREATEROLE",
            error.what()));
      }
      if (error.sqlstate() != kConcurrentUpdate || attempt == kSetupAttempts) throw;
    }
  }
}

void check_applied(Connection& connection, const std::vector<Migration>& migrations, int version) {
  if (version > static_cast<int>(migrations.size())) {
    throw std::runtime_error(
        fmt::format("the ledger is at schema version {}, newer than this program's {}: install the "
                    "version of tradingd that wrote it, or a later one",
                    version, migrations.size()));
  }
  if (version == 0) return;
  const Rows applied = connection.exec("SELECT version, digest FROM tradingd.schema_version ORDER BY version");
  for (int row = 0; row < applied.size(); ++row) {
    const Migration& migration = migrations.at(static_cast<std::size_t>(applied.integer(row, 0) - 1));
    if (applied.text(row, 1) != migration.digest) {
      throw std::runtime_error(
          fmt::format("migration {} was changed after it was applied to this ledger: reinstall the "
                      "package that it was migrated with",
                      migration.name));
    }
  }
}

void apply(Connection& connection, const Migration& migration) {
  try {
    connection.exec(migration.sql);
  } catch (const DatabaseError& error) {
    throw std::runtime_error(fmt::format("migration {} failed: {}; nothing was changed", migration.name, error.what()));
  }
  connection.exec("INSERT INTO tradingd.schema_version (version, name, digest) VALUES ($1, $2, $3)",
                  {std::to_string(migration.version), migration.name, migration.digest});
}

/// The functions as they are now, each time whole.
void define_functions(Connection& connection, const fs::path& folder) {
  for (const fs::path& path : sql_files(folder)) {
    try {
      connection.exec(read_file(path));
    } catch (const DatabaseError& error) {
      throw std::runtime_error(fmt::format("{} failed: {}; nothing was changed", path.string(), error.what()));
    }
  }
}

MigrationReport migrate_or_throw(const std::string& dsn, const std::string& sql_dir) {
  const std::vector<Migration> migrations = read_migrations(fs::path(sql_dir) / "migrations");
  const std::string setup = read_file(fs::path(sql_dir) / "setup.sql");

  Connection connection({dsn, "", "tradingd --migrate"});
  connection.exec(kLockMigrations);
  MigrationReport report;
  report.version = version_of(connection);
  check_applied(connection, migrations, report.version);
  set_up(connection, setup);

  Transaction transaction(connection);
  connection.exec("SET LOCAL ROLE tradingd_owner");
  for (const Migration& migration : migrations) {
    if (migration.version <= report.version) continue;
    apply(connection, migration);
    report.version = migration.version;
    ++report.applied;
  }
  define_functions(connection, fs::path(sql_dir) / "functions");
  report.fast_writes = connection.exec("SELECT tradingd.choose_write_path()").boolean(0, 0);
  transaction.commit();
  return report;
}

}  // namespace

Result<MigrationReport> migrate(const std::string& dsn, const std::string& sql_dir) {
  try {
    return migrate_or_throw(dsn, sql_dir);
  } catch (const std::exception& error) {
    return Error{error.what()};
  }
}

Result<int> schema_version(Connection& connection) {
  try {
    return version_of(connection);
  } catch (const DatabaseError& error) {
    return Error{fmt::format("can't read the ledger's schema version: {}", error.what())};
  }
}

Result<int> require_schema(Connection& connection) {
  Result<int> version = schema_version(connection);
  if (!version.ok() || *version == kSchemaVersion) return version;
  if (*version > kSchemaVersion) {
    return Error{
        fmt::format("the ledger is at schema version {}, newer than this program's {}: install the version of "
                    "tradingd that wrote it, or a later one",
                    *version, kSchemaVersion)};
  }
  return Error{fmt::format("the ledger is at schema version {} and this program needs {}: run tradingd --migrate",
                           *version, kSchemaVersion)};
}

Result<bool> has_fast_writes(Connection& connection) {
  try {
    const Rows rows = connection.exec(
        "SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'apply_batch_fast' AND pronamespace = "
        "'tradingd'::regnamespace)"
        " AND has_parameter_privilege('tradingd_owner', 'session_replication_role', 'SET')");
    return rows.boolean(0, 0);
  } catch (const DatabaseError& error) {
    return Error{fmt::format("can't tell whether the ledger has its fast write path: {}", error.what())};
  }
}

Result<std::vector<InvariantBreach>> check_invariants(Connection& connection, const std::string& sql_dir) {
  try {
    const Rows rows = connection.exec(read_file(fs::path(sql_dir) / "invariants.sql"));
    std::vector<InvariantBreach> breaches;
    breaches.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
      breaches.push_back({std::string(rows.text(row, 0)), std::string(rows.text(row, 1)), rows.integer(row, 2)});
    }
    return breaches;
  } catch (const std::exception& error) {
    return Error{fmt::format("the invariants can't be checked: {}", error.what())};
  }
}

}  // namespace tradingd::store
