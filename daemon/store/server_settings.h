#pragma once
// The one table of what the ledger wants of a PostgreSQL server: set for the embedded cluster, and recommended by
// `doctor` for any other.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/store/connection.h"

namespace tradingd::store {

enum class SettingRule : std::uint8_t {
  exactly,   // the value itself
  at_least,  // or more
  anything,  // but "off"
};

struct ServerSetting {
  const char* name;
  const char* value;  // as postgresql.conf has it
  SettingRule rule;
  std::int64_t least;  // at_least: the value in the unit of pg_settings
  bool restart;        // a change needs a restart of the server; else a reload
  const char* why;
};

/// What each is said to cost or bring was measured: BENCHMARKS.md.
[[nodiscard]] std::span<const ServerSetting> server_settings();

/// The table as lines of postgresql.conf, with the reasons as comments.
[[nodiscard]] std::string server_settings_text();

struct FoundSetting {
  const ServerSetting* setting = nullptr;
  std::string value;  // as SHOW tells it
  bool good = false;
};
/// What the server has, in the table's order; without those that it doesn't know. Throws DatabaseError.
[[nodiscard]] std::vector<FoundSetting> read_server_settings(Connection& connection);

}  // namespace tradingd::store
