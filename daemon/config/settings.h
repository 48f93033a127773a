#pragma once
// The daemon's settings file: where it is, what may stand in it, and what a reload may change.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/result.h"
#include "daemon/engine/shards.h"

namespace tradingd::config {

/// What stands in tradingd.toml; the table in settings.cpp says what each means and allows.
struct Settings {
  struct Socket {
    std::string path;
    std::string group;  // empty: the daemon's own
    std::vector<std::string> admin_groups{"tradingd-admin"};
    std::int64_t max_connections = 512;
    std::int64_t max_connections_per_uid = 16;
    std::int64_t idle_timeout_s = 60;
    std::int64_t commands_per_second = 20'000;
    std::int64_t changes_per_second = 10'000;
  };
  struct Database {
    std::string dsn;        // empty: the daemon's own cluster (embedded)
    std::string directory;  // of the embedded cluster
  };
  struct State {
    std::string directory;
  };
  struct Daemon {
    std::string user = "tradingd";
    std::int64_t pipelines = 2;
    std::int64_t queue_limit = 4096;
    std::string when_in_use = "exit";                // or "wait"
    std::vector<int> shards = engine::all_shards();  // ascending, not empty
    std::string log_level = "info";
  };
  struct Feeds {
    std::string directory;
    Ratio price_jump_max{10 * kScale};  // 0: any
  };

  struct Calendars {
    std::string directory;
  };

  struct Archive {
    std::string directory;
    std::int64_t after_days = 0;  // 0: only by command
  };

  Socket socket;
  Database database;
  State state;
  Daemon daemon;
  Feeds feeds;
  Calendars calendars;
  Archive archive;
};

/// Looks an environment variable up; nullopt: not set.
using Environment = std::function<std::optional<std::string>(const char*)>;

/// Where things are when nobody says otherwise.
struct DefaultPaths {
  std::string settings_file;
  std::string socket;
  std::string state_directory;
};

/// For root, and for a service of systemd's (which sets STATE_DIRECTORY and the like): /etc/tradingd,
/// /run/tradingd, /var/lib/tradingd. For others the XDG folders below $HOME; without XDG_RUNTIME_DIR the
/// socket is in the state folder. Fails for an ordinary user without HOME.
[[nodiscard]] Result<DefaultPaths> default_paths(bool is_root, const Environment& environment);

/// The settings without a file.
[[nodiscard]] Settings default_settings(const DefaultPaths& paths);

/// The settings from a text; BASE_URL (unix:///path of the socket) and DB_DSN in the environment come
/// before it. The error has one line for each problem: "NAME:12: socket.path: …".
[[nodiscard]] Result<Settings> parse_settings(std::string_view toml, std::string_view name, const DefaultPaths& paths,
                                              const Environment& environment);

/// The settings from `file`; without one, from the default file, which may be absent. Refuses what is
/// no regular file, and a file or folder that somebody else than the caller and root may change.
[[nodiscard]] Result<Settings> load_settings(const std::optional<std::string>& file, const DefaultPaths& paths,
                                             const Environment& environment);

/// Ascending shards as the setting has them: "0-15,32".
[[nodiscard]] std::string ranges_of(const std::vector<int>& shards);

/// nullopt if a reload may go from `current` to `next`; else an error that names what needs a restart.
[[nodiscard]] std::optional<Error> check_reload(const Settings& current, const Settings& next);

/// The value of "section.key" as TOML; nullopt: there is no such setting.
[[nodiscard]] std::optional<std::string> show_setting(const Settings& settings, std::string_view name);

/// A settings file with every setting, its meaning and default, all commented out.
[[nodiscard]] std::string print_default_settings(const DefaultPaths& paths);

}  // namespace tradingd::config
