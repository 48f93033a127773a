#include "daemon/store/health.h"

#include "daemon/store/migrations.h"
#include "daemon/store/values.h"

namespace tradingd::store {

namespace {

constexpr const char* kHealth =
    "SELECT current_setting('server_version'), clock_timestamp(), pg_database_size(current_database()),"
    " has_table_privilege('tradingd_runtime', 'paper_trade', 'DELETE'),"
    " (SELECT count(*) FROM strategy_run WHERE status = 'ERROR' AND stopped_at > now() - interval '1 day'),"
    " (SELECT coalesce(string_agg(name, ', ' ORDER BY name), '') FROM market_feed WHERE status = 'ERROR')";

}  // namespace

Health read_health(Connection& connection) {
  const Rows rows = connection.exec(kHealth, {});
  Health health;
  health.server_version = rows.text(0, 0);
  health.now = time_from_database(rows.text(0, 1)).value_or(Time{});
  health.bytes = rows.integer(0, 2);
  health.runtime_may_delete = rows.boolean(0, 3);
  health.runs_in_error = rows.integer(0, 4);
  health.feeds_in_error = rows.text(0, 5);
  if (const Result<int> version = schema_version(connection)) health.schema_version = *version;
  if (const Result<bool> fast = has_fast_writes(connection)) health.fast_writes = *fast;
  health.settings = read_server_settings(connection);
  return health;
}

}  // namespace tradingd::store
