#include "daemon/database.h"

#include <utility>

#include "daemon/base/failpoint.h"
#include "daemon/store/migrations.h"

namespace tradingd {

namespace {

constexpr const char* kRuntimeRole = "tradingd_runtime";

}  // namespace

Database::Database(DatabaseOptions options) : options_(std::move(options)) {
  if (options_.dsn.empty()) {
    store::EmbeddedClusterConfig config;
    config.data_dir = options_.directory / "data";
    config.socket_dir = options_.directory;
    config.log_file = options_.directory / "postgresql.log";
    cluster_ = std::make_unique<store::EmbeddedCluster>(std::move(config));
  }
}

Database::Attempt Database::open() {
  if (cluster_ != nullptr) {
    if (const Result<std::string> migrated = migrate(); !migrated) {
      return {starting() ? Opening::try_again : Opening::give_up, migrated.error().message};
    }
  }
  return look_at_server();
}

Database::Attempt Database::look_at_server() {
  try {
    store::Connection connection(this->connection(kRuntimeRole, "start"));
    FAILPOINT("start.database_connected");
    if (const Result<int> required = store::require_schema(connection); !required) {
      // An older ledger may be migrated while this waits; a newer one will never suit this program.
      const Result<int> version = store::schema_version(connection);
      const bool newer = version && *version > store::kSchemaVersion;
      return {newer ? Opening::give_up : Opening::try_again, required.error().message};
    }
    FAILPOINT("start.schema_checked");
    const Result<bool> fast = store::has_fast_writes(connection);
    if (!fast) {
      return {Opening::try_again, fast.error().message};
    }
    fast_writes_ = *fast;
    return {};
  } catch (const store::DatabaseError& error) {
    return {Opening::try_again, error.what()};
  }
}

Result<std::string> Database::migrate() {
  if (cluster_ != nullptr) {
    if (const std::optional<Error> error = cluster_->start()) {
      return *error;
    }
  }
  const Result<store::MigrationReport> report =
      store::migrate(cluster_ != nullptr ? cluster_->dsn() : options_.dsn, options_.sql_directory);
  if (!report) {
    return report.error();
  }
  std::string text = "the ledger's schema is at version " + std::to_string(report->version) + ", " +
                     std::to_string(report->applied) + " migrations were applied";
  if (!report->fast_writes) {
    text +=
        "; batches will be written with row-by-row checks, about 2.5 times slower, since the server does not grant: "
        "GRANT SET ON PARAMETER session_replication_role TO tradingd_owner";
  }
  return text;
}

store::ConnectionOptions Database::connection(const std::string& role, const std::string& purpose) const {
  store::ConnectionOptions options;
  options.dsn = cluster_ != nullptr ? cluster_->dsn(role) : options_.dsn;
  options.role = role;
  options.application_name = "tradingd " + purpose;
  return options;
}

std::optional<std::string> Database::watch() {
  if (cluster_ == nullptr) {
    return std::nullopt;
  }
  const Result<store::ClusterHealth> health = cluster_->ensure_running();
  if (!health) {
    return "the embedded PostgreSQL is down: " + health.error().message;
  }
  return *health == store::ClusterHealth::restarted
             ? std::optional<std::string>("the embedded PostgreSQL had died and was restarted")
             : std::nullopt;
}

std::optional<Error> Database::close() { return cluster_ != nullptr ? cluster_->stop() : std::nullopt; }

std::string Database::describe() const {
  return cluster_ != nullptr ? cluster_->dsn("tradingd_readonly") : "the server of the configured DSN";
}

}  // namespace tradingd
