#include "daemon/store/server_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace tradingd::store {

namespace {

using enum SettingRule;

constexpr std::int64_t kPages128MB = 16'384;  // of 8 kB

constexpr std::array kSettings{
    ServerSetting{"fsync", "on", exactly, 0, false, "acknowledged means durable"},
    ServerSetting{"full_page_writes", "on", exactly, 0, false, "a page that is half on the disk is made whole again"},
    ServerSetting{"synchronous_commit", "on", anything, 0, false, "a commit that is acknowledged is on the disk"},
    ServerSetting{"shared_buffers", "128MB", at_least, kPages128MB, true,
                  "the runs' states and the last partitions' indexes are written at each tick; above 10000 runs, 1GB"},
    ServerSetting{"max_wal_size", "512MB", at_least, 512, false,
                  "a tick writes half a kilobyte a run; checkpoints too often log whole pages again and again"},
    ServerSetting{"checkpoint_timeout", "5min", at_least, 300, false, "the same, by time"},
    ServerSetting{"wal_compression", "on", anything, 0, false, "those pages take a fraction of the space"},
    ServerSetting{"wal_level", "replica", anything, 0, true, "base backups and standbys need it"},
    ServerSetting{
        "jit", "off", exactly, 0, false,
        "compiling of expressions costs more than it saves on these statements, and needs writable code pages"},
    ServerSetting{"max_connections", "40", at_least, 40, true, "the daemon holds up to twenty, tradectl db some more"},
    ServerSetting{"autovacuum", "on", exactly, 0, false,
                  "each tick leaves an old version of each run's state behind, which must be cleared away"},
};

bool is_good(const ServerSetting& setting, std::string_view plain) {
  std::int64_t number = 0;
  switch (setting.rule) {
    case exactly:
      return plain == setting.value;
    case anything:
      return plain != "off" && plain != "local" && plain != "minimal";
    case at_least:
      std::from_chars(plain.data(), plain.data() + plain.size(), number);
      return number >= setting.least;
  }
  return false;
}

}  // namespace

std::span<const ServerSetting> server_settings() { return kSettings; }

std::string server_settings_text() {
  std::string text;
  for (const ServerSetting& setting : kSettings) {
    text.append(setting.name).append(" = '").append(setting.value).append("'  # ").append(setting.why).append("\n");
  }
  return text;
}

std::vector<FoundSetting> read_server_settings(Connection& connection) {
  // reset_val: what the server gives a session, whatever this one has set for itself.
  const Rows rows = connection.exec("SELECT name, reset_val, current_setting(name) FROM pg_settings");
  std::vector<FoundSetting> found;
  for (const ServerSetting& setting : kSettings) {
    for (int row = 0; row < rows.size(); ++row) {
      if (rows.text(row, 0) != setting.name) continue;
      const bool numeric = setting.rule == at_least;
      found.push_back({&setting, std::string(rows.text(row, numeric ? 2 : 1)), is_good(setting, rows.text(row, 1))});
    }
  }
  return found;
}

}  // namespace tradingd::store
