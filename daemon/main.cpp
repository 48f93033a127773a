// tradingd: reads the command line and the configuration, becomes an unprivileged account, and runs the
// daemon or one of its errands.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "daemon/base/failpoint.h"
#include "daemon/calendars.h"
#include "daemon/config/settings.h"
#include "daemon/daemon.h"
#include "daemon/database.h"
#include "daemon/log.h"
#include "daemon/privileges.h"
#include "daemon/store/catalog.h"

namespace {

using tradingd::Error;
using tradingd::Exit;
using tradingd::Result;
namespace config = tradingd::config;
namespace fs = std::filesystem;

constexpr int kUsage = 64;  // EX_USAGE

struct Options {
  std::optional<std::string> config_file;
  bool check_config = false;
  bool print_config = false;
  std::optional<std::string> get;
  bool migrate = false;
  std::optional<std::string> halt;
  std::string reason;
  bool reducing = false;
};

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// A folder that is shipped. Installed: share/tradingd/NAME beside sbin/. In a build tree, which is
/// build/PRESET/: `source`, from the source's top.
Result<std::string> find_shipped(const std::string& name, const std::string& source) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path installed = program / "../share/tradingd" / name;
  const fs::path in_tree = program / "../.." / source;
  for (const fs::path& candidate : {installed, in_tree}) {
    if (!fs::is_directory(candidate, error)) {
      continue;
    }
    // Held open: the account that the daemon becomes may not be let into the folders above it.
    const int folder = ::open(candidate.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    return folder < 0 ? candidate.lexically_normal().string() : "/proc/self/fd/" + std::to_string(folder);
  }
  return Error{"this version's folder " + name + " is neither " + installed.lexically_normal().string() + " nor " +
               in_tree.lexically_normal().string() + "; install the package again"};
}

int complain(const Error& error, Exit exit) {
  std::fprintf(stderr, "tradingd: %s\n", error.message.c_str());
  return static_cast<int>(exit);
}

int migrate(const config::Settings& settings, const std::string& sql_directory) {
  tradingd::Database database({settings.database.dsn, settings.database.directory, sql_directory});
  Result<std::string> migrated = database.migrate();
  while (!migrated && database.starting()) {
    migrated = database.migrate();
  }
  if (!migrated) {
    return complain(migrated.error(), Exit::failed);
  }
  std::printf("%s\n", migrated->c_str());
  const std::optional<Error> error = database.close();
  return error ? complain(*error, Exit::failed) : 0;
}

/// Whom `--halt` names: "all", "user:NAME" or "run:NUMBER".
struct Whom {
  std::string user;
  tradingd::RunId run;
};

Result<Whom> read_whom(const std::string& text) {
  constexpr std::string_view kUser = "user:";
  constexpr std::string_view kRun = "run:";
  if (text == "all") {
    return Whom{};
  }
  if (text.starts_with(kUser) && text.size() > kUser.size()) {
    return Whom{text.substr(kUser.size()), {}};
  }
  std::int64_t run = 0;
  const auto [end, error] =
      std::from_chars(text.data() + std::min(kRun.size(), text.size()), text.data() + text.size(), run);
  if (text.starts_with(kRun) && error == std::errc{} && end == text.data() + text.size() && run > 0) {
    return Whom{{}, tradingd::RunId{run}};
  }
  return Error{"--halt: \"" + text + "\" is none of: all, user:NAME, run:NUMBER"};
}

/// Halts in the ledger itself, whatever a daemon does meanwhile. Prints the row as JSON.
int halt(const config::Settings& settings, const Options& options, const Whom& whom, std::int64_t uid) {
  const tradingd::Database database({settings.database.dsn, settings.database.directory, {}});
  tradingd::store::Catalog catalog(database.connection("tradingd_runtime", "halt"));
  tradingd::engine::CommandRecord record;
  record.request_id = "direct-" + std::to_string(::getpid()) + "-" +
                      std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  record.uid = uid;
  record.method = "halt";
  record.arguments = nlohmann::json{{"direct", *options.halt}, {"reason", options.reason}}.dump();
  const auto state =
      options.reducing ? tradingd::engine::TradingState::reducing : tradingd::engine::TradingState::halted;
  const auto answer = catalog.halt_directly(whom.user, whom.run, state, options.reason, record);
  if (!answer) {
    return complain(Error{"nothing was halted: " + answer.error().message}, Exit::failed);
  }
  std::printf("%s\n", answer->result.c_str());
  return 0;
}

int print_setting(const config::Settings& settings, const std::string& name) {
  const std::optional<std::string> value = config::show_setting(settings, name);
  if (!value) {
    std::fprintf(stderr, "tradingd: there is no setting \"%s\"; tradingd --print-config lists them\n", name.c_str());
    return kUsage;
  }
  std::printf("%s\n", value->c_str());
  return 0;
}

/// What must be there. Setting up a server's ledger needs none of it.
std::vector<tradingd::OwnedDirectory> directories(const config::Settings& settings, bool migrate) {
  if (migrate && !settings.database.dsn.empty()) {
    return {};
  }
  std::vector<tradingd::OwnedDirectory> wanted{{settings.state.directory, 0700},
                                               {settings.feeds.directory, 0755, true},
                                               {fs::path(settings.socket.path).parent_path().string(), 0755}};
  if (settings.database.dsn.empty()) {
    wanted.push_back({settings.database.directory, 0700});
  }
  return wanted;
}

/// Nothing that a started process inherits may be leaked into the embedded server or a core file.
void harden_process() {
  std::signal(SIGPIPE, SIG_IGN);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::umask(0077);
}

int run(const Options& options) {
  const Result<config::DefaultPaths> paths = config::default_paths(::geteuid() == 0, environment);
  if (!paths) {
    return complain(paths.error(), Exit::configuration);
  }
  if (options.print_config) {
    std::fputs(config::print_default_settings(*paths).c_str(), stdout);
    return 0;
  }
  const auto load = [&] { return config::load_settings(options.config_file, *paths, environment); };
  const Result<config::Settings> settings = load();
  if (!settings) {
    return complain(settings.error(), Exit::configuration);
  }
  const Result<std::string> shipped_calendars = find_shipped("calendars", "packaging/calendars");
  if (!shipped_calendars) {
    return complain(shipped_calendars.error(), Exit::configuration);
  }
  tradingd::Calendars calendars({*shipped_calendars, settings->calendars.directory});
  if (const Result<bool> loaded = calendars.reload(); !loaded) {
    return complain(loaded.error(), Exit::configuration);
  }
  if (options.check_config) {
    std::printf("the configuration is fine\n");
    return 0;
  }
  if (options.get) {
    return print_setting(*settings, *options.get);
  }
  const std::int64_t caller = ::getuid();
  if (options.halt) {
    const Result<Whom> whom = read_whom(*options.halt);
    if (!whom) {
      std::fprintf(stderr, "tradingd: %s\n", whom.error().message.c_str());
      return kUsage;
    }
    const Result<bool> taken = tradingd::take_identity(settings->daemon.user, {});
    return taken ? halt(*settings, options, *whom, caller) : complain(taken.error(), Exit::configuration);
  }
  FAILPOINT("start.config_parsed");
  const Result<std::string> sql_directory = find_shipped("sql", "sql");
  if (!sql_directory) {
    return complain(sql_directory.error(), Exit::configuration);
  }
  harden_process();
  if (const Result<bool> taken =
          tradingd::take_identity(settings->daemon.user, directories(*settings, options.migrate));
      !taken) {
    return complain(taken.error(), Exit::configuration);
  }
  FAILPOINT("start.identity_taken");
  if (options.migrate) {
    return migrate(*settings, *sql_directory);
  }
  tradingd::open_log(settings->daemon.log_level);
  tradingd::Daemon daemon(*settings, *sql_directory, calendars, load);
  return static_cast<int>(daemon.run());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Paper-trading daemon with a PostgreSQL ledger. Drive it with tradectl.", "tradingd");
  Options options;
  app.add_option("--config", options.config_file,
                 "Settings file (default: /etc/tradingd/tradingd.toml, or the XDG one)");
  app.add_flag("--check-config", options.check_config, "Check the settings file and exit: 0, or 78 with what is wrong");
  app.add_flag("--print-config", options.print_config, "Print a settings file with every default, and exit");
  app.add_option("--get", options.get, "Print the value of a setting, such as database.dsn, as TOML, and exit");
  app.add_flag("--migrate", options.migrate, "Set up the ledger, or bring it to this version's schema, and exit");
  app.add_option(
      "--halt", options.halt,
      "Halt trading in the ledger itself, of all, user:NAME or run:NUMBER, and exit; for a daemon that hangs");
  app.add_option("--reason", options.reason, "Why, with --halt");
  app.add_flag("--reducing", options.reducing, "With --halt: still take orders that reduce a position");
  app.set_version_flag("--version", std::string("tradingd ") + TD_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return run(options);
}
