#include "daemon/config/settings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "daemon/base/trust.h"
#include "daemon/config/settings_table.h"

namespace tradingd::config {

namespace {

constexpr std::string_view kUnixUrl = "unix://";
constexpr std::size_t kFileBytesMax = 1024 * 1024;

std::string variable(const Environment& environment, const char* name) { return environment(name).value_or(""); }

/// The first folder of a list that systemd sets, or `otherwise`.
std::string service_directory(const Environment& environment, const char* name, std::string otherwise) {
  const std::string list = variable(environment, name);
  return list.empty() ? std::move(otherwise) : list.substr(0, list.find(':'));
}

/// An XDG folder; relative ones are to be ignored, its specification says.
std::string xdg_directory(const Environment& environment, const char* name, std::string otherwise) {
  std::string directory = variable(environment, name);
  return directory.starts_with('/') ? std::move(directory) : std::move(otherwise);
}

void place_below_state(Settings& settings) {
  if (settings.database.directory.empty()) {
    settings.database.directory = settings.state.directory + "/postgresql";
  }
  if (settings.feeds.directory.empty()) {
    settings.feeds.directory = settings.state.directory + "/feeds";
  }
  if (settings.archive.directory.empty()) {
    settings.archive.directory = settings.state.directory + "/archive";
  }
}

void take_environment(Settings& settings, const Environment& environment, std::vector<Problem>& problems) {
  if (const std::string url = variable(environment, "BASE_URL"); !url.empty()) {
    if (url.starts_with(kUnixUrl) && url.size() > kUnixUrl.size() && url[kUnixUrl.size()] == '/') {
      settings.socket.path = url.substr(kUnixUrl.size());
    } else {
      problems.push_back({"BASE_URL in the environment", 0, show(url) + " must be unix:///path/of/the/socket"});
    }
  }
  if (std::string dsn = variable(environment, "DB_DSN"); !dsn.empty()) {
    settings.database.dsn = std::move(dsn);
  }
}

void read_sections(TableReader& root, Settings& settings) {
  const std::span<const Setting> table = settings_table();
  for (auto setting = table.begin(); setting != table.end();) {
    const std::string_view section = setting->section;
    const auto end = std::find_if(setting, table.end(), [&](const Setting& other) { return other.section != section; });
    if (auto reader = root.table(section)) {
      std::for_each(setting, end, [&](const Setting& each) { each.read(each, *reader, settings); });
      reader->finish();
    }
    setting = end;
  }
  root.finish();
}

/// The file and its folder: who can write to either decides what the daemon does.
std::optional<Error> check_trust(const std::string& path, const struct stat& status) {
  if (std::optional<Error> error = distrust(path, status, geteuid(), getegid())) {
    return Error{"settings file " + error->message};
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  struct stat folder_status {};
  if (stat(folder.c_str(), &folder_status) != 0) {
    return Error{"can't look at the settings file's folder " + folder + ": " + std::generic_category().message(errno)};
  }
  if (std::optional<Error> error = distrust(folder, folder_status, geteuid(), getegid())) {
    return Error{"the settings file's folder " + error->message};
  }
  return std::nullopt;
}

Result<std::string> read_file(const std::string& path) {
  const auto failed = [&](const std::string& reason) { return Error{"settings file " + path + ": " + reason}; };
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return failed(std::generic_category().message(errno));
  }
  struct stat status {};
  std::string text(kFileBytesMax + 1, '\0');
  const bool known = fstat(file, &status) == 0;
  const bool regular = known && S_ISREG(status.st_mode);
  const ssize_t bytes = regular ? read(file, text.data(), text.size()) : -1;
  const int error = errno;
  close(file);
  if (known && !regular) {
    return failed("is not a regular file");
  }
  if (bytes < 0) {
    return failed(std::generic_category().message(error));
  }
  if (const std::optional<Error> distrusted = check_trust(path, status)) {
    return *distrusted;
  }
  if (static_cast<std::size_t>(bytes) > kFileBytesMax) {
    return failed("is larger than 1 MiB");
  }
  text.resize(static_cast<std::size_t>(bytes));
  return text;
}

/// The settings that don't hang on others.
Settings settings_in(const DefaultPaths& paths) {
  Settings settings;
  settings.socket.path = paths.socket;
  settings.state.directory = paths.state_directory;
  settings.calendars.directory = paths.settings_file.substr(0, paths.settings_file.rfind('/')) + "/calendars";
  return settings;
}

}  // namespace

Result<DefaultPaths> default_paths(bool is_root, const Environment& environment) {
  if (is_root || !variable(environment, "STATE_DIRECTORY").empty()) {
    return DefaultPaths{service_directory(environment, "CONFIGURATION_DIRECTORY", "/etc/tradingd") + "/tradingd.toml",
                        service_directory(environment, "RUNTIME_DIRECTORY", "/run/tradingd") + "/tradingd.sock",
                        service_directory(environment, "STATE_DIRECTORY", "/var/lib/tradingd")};
  }
  const std::string home = variable(environment, "HOME");
  if (!home.starts_with('/')) {
    return Error{"HOME is not set, so there is no place for settings and state: set it to an absolute path"};
  }
  const std::string state = xdg_directory(environment, "XDG_STATE_HOME", home + "/.local/state") + "/tradingd";
  const std::string runtime = xdg_directory(environment, "XDG_RUNTIME_DIR", "");
  return DefaultPaths{xdg_directory(environment, "XDG_CONFIG_HOME", home + "/.config") + "/tradingd/tradingd.toml",
                      (runtime.empty() ? state : runtime + "/tradingd") + "/tradingd.sock", state};
}

Settings default_settings(const DefaultPaths& paths) {
  Settings settings = settings_in(paths);
  place_below_state(settings);
  return settings;
}

Result<Settings> parse_settings(std::string_view toml, std::string_view name, const DefaultPaths& paths,
                                const Environment& environment) {
  Settings settings = settings_in(paths);
  std::vector<Problem> problems;
  const Document document = parse_toml(toml, problems);
  TableReader root(document, problems);
  read_sections(root, settings);
  take_environment(settings, environment, problems);
  place_below_state(settings);
  if (!problems.empty()) {
    std::stable_sort(problems.begin(), problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    return Error{describe(problems, name)};
  }
  return settings;
}

Result<Settings> load_settings(const std::optional<std::string>& file, const DefaultPaths& paths,
                               const Environment& environment) {
  const std::string path = file.value_or(paths.settings_file);
  struct stat status {};
  if (!file && stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
    return parse_settings("", path, paths, environment);
  }
  const Result<std::string> text = read_file(path);
  if (!text) {
    return text.error();
  }
  return parse_settings(*text, path, paths, environment);
}

std::string ranges_of(const std::vector<int>& shards) {
  std::string text;
  for (auto first = shards.begin(); first != shards.end();) {
    auto last = first;
    while (std::next(last) != shards.end() && *std::next(last) == *last + 1) {
      ++last;
    }
    text += (text.empty() ? "" : ",") + std::to_string(*first) + (first == last ? "" : "-" + std::to_string(*last));
    first = std::next(last);
  }
  return text;
}

std::optional<Error> check_reload(const Settings& current, const Settings& next) {
  std::string changed;
  for (const Setting& setting : settings_table()) {
    if (!setting.reloadable && setting.show(current) != setting.show(next)) {
      changed += (changed.empty() ? "" : ", ") + join_key(setting.section, setting.key);
    }
  }
  if (changed.empty()) {
    return std::nullopt;
  }
  return Error{"a reload can't change " + changed + ": restart the daemon for that; nothing was changed"};
}

std::optional<std::string> show_setting(const Settings& settings, std::string_view name) {
  for (const Setting& setting : settings_table()) {
    if (join_key(setting.section, setting.key) == name) {
      return setting.show(settings);
    }
  }
  return std::nullopt;
}

std::string print_default_settings(const DefaultPaths& paths) {
  const Settings defaults = default_settings(paths);
  std::string text =
      "# Settings of tradingd, with their defaults. [R]: `tradectl reload` applies a change; others need a restart.\n";
  std::string_view section;
  for (const Setting& setting : settings_table()) {
    if (setting.section != section) {
      section = setting.section;
      text.append("\n[").append(section).append("]\n");
    }
    text.append("# ").append(setting.help).append(setting.reloadable ? " [R]\n" : "\n");
    text.append("#").append(setting.key).append(" = ").append(setting.show(defaults)).append("\n");
  }
  return text;
}

}  // namespace tradingd::config
