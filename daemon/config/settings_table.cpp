#include "daemon/config/settings_table.h"
#include "daemon/engine/shards.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tradingd::config {

namespace {

constexpr std::array<Choice<std::string_view>, 4> kLogLevels{
    {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}};
constexpr std::array<Choice<std::string_view>, 2> kWhenInUse{{{"exit", "exit"}, {"wait", "wait"}}};
constexpr std::int64_t kPathBytesMax = 4095;
constexpr std::int64_t kSocketPathBytesMax = 107;  // of sockaddr_un

std::string as_toml(const std::string& text) { return nlohmann::json(text).dump(); }

/// "0-15,32" as [0, 1 … 15, 32]; nullopt: it is something else, or empty.
std::optional<std::vector<int>> parse_shards(std::string_view text) {
  std::array<bool, engine::kShardCount> taken{};
  const auto number = [&text]() -> std::optional<int> {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0 || value >= engine::kShardCount) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
  };
  const auto skip = [&text](char wanted) {
    const bool there = text.starts_with(wanted);
    text.remove_prefix(there ? 1 : 0);
    return there;
  };
  do {
    const auto first = number();
    const auto last = first && skip('-') ? number() : first;
    if (!first || !last || *last < *first) {
      return std::nullopt;
    }
    std::fill(taken.begin() + *first, taken.begin() + *last + 1, true);
  } while (skip(','));
  if (!text.empty()) {
    return std::nullopt;
  }
  std::vector<int> shards = engine::all_shards();
  std::erase_if(shards, [&](int shard) { return !taken.at(static_cast<std::size_t>(shard)); });
  return shards;
}

/// The members of Settings, by section and key.
template <auto kSection, auto kMember>
struct Member {
  static auto& of(Settings& settings) { return settings.*kSection.*kMember; }
  static const auto& of(const Settings& settings) { return settings.*kSection.*kMember; }

  static void read_text(const Setting& setting, TableReader& table, Settings& settings) {
    if (auto value = table.text(setting.key)) {
      of(settings) = *std::move(value);
    }
  }

  static void read_name(const Setting& setting, TableReader& table, Settings& settings) {
    auto value = table.text(setting.key);
    if (value && value->empty()) {
      table.problem(setting.key, "must not be empty");
    } else if (value) {
      of(settings) = *std::move(value);
    }
  }

  static void read_path(const Setting& setting, TableReader& table, Settings& settings) {
    auto value = table.text(setting.key);
    if (!value) {
      return;
    }
    if (!value->starts_with('/') || value->find('\0') != std::string::npos) {
      table.problem(setting.key, as_toml(*value) + " must be an absolute path, beginning with /");
    } else if (value->size() > static_cast<std::size_t>(setting.max)) {
      table.problem(setting.key, "must have at most " + std::to_string(setting.max) + " bytes, not " +
                                     std::to_string(value->size()));
    } else {
      of(settings) = *std::move(value);
    }
  }

  static void read_integer(const Setting& setting, TableReader& table, Settings& settings) {
    if (const auto value = table.integer(setting.key, setting.min, setting.max)) {
      of(settings) = *value;
    }
  }

  static void read_log_level(const Setting& setting, TableReader& table, Settings& settings) {
    if (const auto value = table.choice<std::string_view>(setting.key, kLogLevels)) {
      of(settings) = *value;
    }
  }

  static void read_when_in_use(const Setting& setting, TableReader& table, Settings& settings) {
    if (const auto value = table.choice<std::string_view>(setting.key, kWhenInUse)) {
      of(settings) = *value;
    }
  }

  static void read_shards(const Setting& setting, TableReader& table, Settings& settings) {
    const auto value = table.text(setting.key);
    if (!value) {
      return;
    }
    if (auto shards = parse_shards(*value)) {
      of(settings) = *std::move(shards);
    } else {
      table.problem(setting.key, as_toml(*value) + " must be shards from 0 to " +
                                     std::to_string(engine::kShardCount - 1) + ", such as \"0-31\" or \"0-15,32\"");
    }
  }

  static void read_names(const Setting& setting, TableReader& table, Settings& settings) {
    if (auto value = table.texts(setting.key, true)) {
      of(settings) = *std::move(value);
    }
  }

  static void read_jump(const Setting& setting, TableReader& table, Settings& settings) {
    const auto value = table.decimal(setting.key, Ratio{0}, Ratio{setting.max * kScale});
    if (value && !value->is_zero() && *value <= Ratio{kScale}) {
      table.problem(setting.key, as_toml(to_string(*value)) + " must be above 1, or 0 for any jump");
    } else if (value) {
      of(settings) = *value;
    }
  }

  static std::string show_shards(const Settings& settings) { return as_toml(ranges_of(of(settings))); }

  static std::string show_text(const Settings& settings) { return as_toml(of(settings)); }
  static std::string show_integer(const Settings& settings) { return std::to_string(of(settings)); }
  static std::string show_names(const Settings& settings) { return nlohmann::json(of(settings)).dump(); }
  static std::string show_decimal(const Settings& settings) { return as_toml(to_string(of(settings))); }
};

using SocketPath = Member<&Settings::socket, &Settings::Socket::path>;
using SocketGroup = Member<&Settings::socket, &Settings::Socket::group>;
using AdminGroups = Member<&Settings::socket, &Settings::Socket::admin_groups>;
using MaxConnections = Member<&Settings::socket, &Settings::Socket::max_connections>;
using MaxConnectionsPerUid = Member<&Settings::socket, &Settings::Socket::max_connections_per_uid>;
using IdleTimeout = Member<&Settings::socket, &Settings::Socket::idle_timeout_s>;
using CommandsPerSecond = Member<&Settings::socket, &Settings::Socket::commands_per_second>;
using ChangesPerSecond = Member<&Settings::socket, &Settings::Socket::changes_per_second>;
using DatabaseDsn = Member<&Settings::database, &Settings::Database::dsn>;
using DatabaseDirectory = Member<&Settings::database, &Settings::Database::directory>;
using StateDirectory = Member<&Settings::state, &Settings::State::directory>;
using DaemonUser = Member<&Settings::daemon, &Settings::Daemon::user>;
using Pipelines = Member<&Settings::daemon, &Settings::Daemon::pipelines>;
using QueueLimit = Member<&Settings::daemon, &Settings::Daemon::queue_limit>;
using WhenInUse = Member<&Settings::daemon, &Settings::Daemon::when_in_use>;
using OwnShards = Member<&Settings::daemon, &Settings::Daemon::shards>;
using LogLevel = Member<&Settings::daemon, &Settings::Daemon::log_level>;
using FeedsDirectory = Member<&Settings::feeds, &Settings::Feeds::directory>;
using PriceJumpMax = Member<&Settings::feeds, &Settings::Feeds::price_jump_max>;
using ArchiveDirectory = Member<&Settings::archive, &Settings::Archive::directory>;
using ArchiveAfterDays = Member<&Settings::archive, &Settings::Archive::after_days>;
using CalendarsDirectory = Member<&Settings::calendars, &Settings::Calendars::directory>;

constexpr std::array kSettings{
    Setting{"socket", "path", false, 0, kSocketPathBytesMax, "Where tradectl reaches the daemon: a Unix socket.",
            SocketPath::read_path, SocketPath::show_text},
    Setting{"socket", "group", false, 0, 0, "The group that may open the socket; empty: the daemon's own.",
            SocketGroup::read_text, SocketGroup::show_text},
    Setting{"socket", "admin_group", true, 0, 0, "The group, or list of groups, whose members may act for every user.",
            AdminGroups::read_names, AdminGroups::show_names},
    Setting{"socket", "max_connections", true, 1, 10'000, "Connections at a time, 1 to 10000.",
            MaxConnections::read_integer, MaxConnections::show_integer},
    Setting{"socket", "max_connections_per_uid", true, 1, 10'000, "Connections at a time of one Unix user, 1 to 10000.",
            MaxConnectionsPerUid::read_integer, MaxConnectionsPerUid::show_integer},
    Setting{"socket", "idle_timeout_s", true, 1, 86'400,
            "Seconds after which an idle connection is closed, 1 to 86400.", IdleTimeout::read_integer,
            IdleTimeout::show_integer},
    Setting{"socket", "commands_per_second", true, 1, 1'000'000,
            "Commands a second of one Unix user, 1 to 1000000; twice as many at once. Above it he is told BUSY.",
            CommandsPerSecond::read_integer, CommandsPerSecond::show_integer},
    Setting{"socket", "changes_per_second", true, 1, 1'000'000,
            "The same for those that change something, such as orders, 1 to 1000000. halt is never held up.",
            ChangesPerSecond::read_integer, ChangesPerSecond::show_integer},
    Setting{"database", "dsn", false, 0, 0,
            "A PostgreSQL server, as libpq's connection string; empty: a cluster of the daemon's own.",
            DatabaseDsn::read_text, DatabaseDsn::show_text},
    Setting{"database", "directory", false, 0, kPathBytesMax,
            "Where the daemon's own cluster is; if not given, postgresql in the state folder.",
            DatabaseDirectory::read_path, DatabaseDirectory::show_text},
    Setting{"state", "directory", false, 0, kPathBytesMax, "Where the daemon keeps what must outlive it.",
            StateDirectory::read_path, StateDirectory::show_text},
    Setting{"daemon", "user", false, 0, 0, "The account that a daemon started by root becomes.", DaemonUser::read_name,
            DaemonUser::show_text},
    Setting{"daemon", "pipelines", false, 1, 8, "Threads that write to the ledger, 1 to 8.", Pipelines::read_integer,
            Pipelines::show_integer},
    Setting{"daemon", "queue_limit", false, 1, 1'000'000,
            "Commands that may wait for each of them, 1 to 1000000; above it the sender is told BUSY.",
            QueueLimit::read_integer, QueueLimit::show_integer},
    Setting{"daemon", "when_in_use", false, 0, 0,
            "While another daemon serves the ledger: exit, or wait to take over from it.", WhenInUse::read_when_in_use,
            WhenInUse::show_text},
    Setting{"daemon", "shards", false, 0, 0,
            "Which of the ledger's shards of users are this daemon's, where several share them: \"0-31\". Shards that "
            "nobody holds for some seconds are taken by whoever is there.",
            OwnShards::read_shards, OwnShards::show_shards},
    Setting{"daemon", "log_level", true, 0, 0, "What is logged: debug, info, warning or error.",
            LogLevel::read_log_level, LogLevel::show_text},
    Setting{"feeds", "directory", false, 0, kPathBytesMax,
            "Where the files of csv feeds are; if not given, feeds in the state folder.", FeedsDirectory::read_path,
            FeedsDirectory::show_text},
    Setting{"feeds", "price_jump_max", true, 0, 1'000'000,
            "A price above this many times the last one, or below its inverse, is refused; \"0\": none is.",
            PriceJumpMax::read_jump, PriceJumpMax::show_decimal},
    Setting{
        "calendars", "directory", false, 0, kPathBytesMax,
        "Where calendars of your own are, one file each; a file XNYS.toml stands in for the XNYS that is shipped. A "
        "reload reads them again.",
        CalendarsDirectory::read_path, CalendarsDirectory::show_text},
    Setting{"archive", "directory", false, 0, kPathBytesMax,
            "Where old marks and equity points go; if not given, archive in the state folder.",
            ArchiveDirectory::read_path, ArchiveDirectory::show_text},
    Setting{"archive", "after_days", false, 0, 36'500,
            "Marks and equity points of more than this many days ago go there by themselves, 0 to 36500; 0: never.",
            ArchiveAfterDays::read_integer, ArchiveAfterDays::show_integer},
};

}  // namespace

std::span<const Setting> settings_table() { return kSettings; }

}  // namespace tradingd::config
