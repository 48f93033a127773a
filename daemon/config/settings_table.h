#pragma once
// The one table of settings, from which reading, documentation and reloading come. Internal to the folder.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config/reader.h"
#include "daemon/config/settings.h"

namespace tradingd::config {

struct Setting {
  std::string_view section;
  std::string_view key;
  bool reloadable;
  std::int64_t min;  // of a number
  std::int64_t max;  // of a number; of a path's bytes
  std::string_view help;
  /// Reads the key if it is there; adds a problem if it is wrong.
  void (*read)(const Setting& setting, TableReader& table, Settings& settings);
  /// The value as TOML.
  std::string (*show)(const Settings& settings);
};

/// Grouped by section.
[[nodiscard]] std::span<const Setting> settings_table();

}  // namespace tradingd::config
