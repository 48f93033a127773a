#pragma once
// What the database says of itself and of the ledger in it, for `doctor`.

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/connection.h"
#include "daemon/store/server_settings.h"

namespace tradingd::store {

struct Health {
  std::string server_version;      // "15.6"
  Time now;                        // the server's clock
  int schema_version = 0;          // of the database
  bool fast_writes = false;        // MigrationReport::fast_writes
  bool runtime_may_delete = true;  // whether the daemon's role could remove a trade; it must not
  std::int64_t bytes = 0;          // of the database
  std::int64_t runs_in_error = 0;  // that ended so in the last day
  std::string feeds_in_error;      // their names; empty: none
  std::vector<FoundSetting> settings;
};

/// Throws DatabaseError.
[[nodiscard]] Health read_health(Connection& connection);

}  // namespace tradingd::store
