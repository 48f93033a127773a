#include "daemon/store/cluster_files.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <string_view>
#include <vector>

#include "daemon/store/server_settings.h"

namespace tradingd::store {

namespace {

namespace fs = std::filesystem;

// {0}: the socket's folder, quoted; {1}: the socket's mode; {2}: the port; {3}: the table of server_settings.h.
constexpr std::string_view kServerConfiguration =
    R"(# Written by tradingd at each start. Put settings of your own into local.conf, in this folder.
listen_addresses = ''
port = {2}
unix_socket_directories = {0}
unix_socket_permissions = {1}
# A backend whose client was killed must let go of its locks at once, also in the middle of a statement.
client_connection_check_interval = '500ms'

# What `tradectl doctor` recommends for any server.
{3}
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] '
# What the server does by itself. A refused statement goes to its sender, which reports it.
log_min_messages = log
log_checkpoints = off
cluster_name = 'tradingd'

include_if_exists = 'local.conf'
)";

constexpr std::string_view kAccessRules = R"(# Written by tradingd at each start.
local all all peer map=tradingd
local replication all peer map=tradingd
)";

constexpr std::array<std::string_view, 4> kLoginRoles{"postgres", "tradingd_migrator", "tradingd_runtime",
                                                      "tradingd_readonly"};

std::string doubled(std::string_view text, char quote) {
  std::string out;
  for (const char character : text) {
    out.append(character == quote ? 2 : 1, character);
  }
  return out;
}

/// A folder as an element of a list setting: double quotes for the list, single ones around the setting.
std::string quoted_folder(const fs::path& folder) {
  return "'" + doubled("\"" + doubled(folder.string(), '"') + "\"", '\'') + "'";
}

std::string account_name() {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return {};
}

std::optional<Error> write_file(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::trunc | std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    return Error{fmt::format("can't write {}: check the space on the disk and the folder's owner", path.string())};
  }
  std::error_code failed;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, failed);
  return std::nullopt;
}

}  // namespace

std::optional<Error> write_cluster_configuration(const fs::path& data_dir, const fs::path& socket_dir,
                                                 bool group_access) {
  const std::string account = account_name();
  if (account.empty()) {
    return Error{
        fmt::format("uid {} has no account name, which the database's access rules need; run tradingd under "
                    "an account of /etc/passwd",
                    ::geteuid())};
  }
  std::string accounts = "# Written by tradingd at each start: who may log in on the socket, and as what.\n";
  for (const std::string_view role : kLoginRoles) {
    accounts += fmt::format("tradingd \"{}\" {}\n", account, role);
    accounts += fmt::format("tradingd root {}\n", role);
  }
  const std::string server = fmt::format(kServerConfiguration, quoted_folder(socket_dir),
                                         group_access ? "0770" : "0700", kClusterPort, server_settings_text());
  for (const auto& [name, text] : {std::pair<const char*, std::string_view>{"postgresql.conf", server},
                                   {"pg_hba.conf", kAccessRules},
                                   {"pg_ident.conf", accounts}}) {
    if (auto failed = write_file(data_dir / name, text)) {
      return failed;
    }
  }
  std::error_code absent;
  return fs::exists(data_dir / "local.conf", absent)
             ? std::nullopt
             : write_file(data_dir / "local.conf", "# Settings of your own; they override postgresql.conf.\n");
}

std::optional<PostmasterFile> read_postmaster_file(const fs::path& data_dir) {
  constexpr int kStatusLine = 8;
  std::ifstream file(data_dir / "postmaster.pid");
  PostmasterFile content;
  std::string line;
  for (int number = 1; number <= kStatusLine && std::getline(file, line); ++number) {
    if (number == 1) {
      const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), content.pid);
      if (error != std::errc{} || content.pid <= 1) {
        return std::nullopt;
      }
    } else if (number == kStatusLine) {
      content.status = line.substr(0, line.find(' '));
    }
  }
  return content.pid > 1 ? std::optional(content) : std::nullopt;
}

bool serves(pid_t pid, const fs::path& data_dir) {
  std::error_code failed;
  const fs::path process = fs::path("/proc") / std::to_string(pid);
  // The program's file is "postgres", or "postgres (deleted)" after a package upgrade.
  const fs::path program = fs::read_symlink(process / "exe", failed);
  if (failed || !program.filename().string().starts_with("postgres")) {
    return false;
  }
  const fs::path folder = fs::read_symlink(process / "cwd", failed);
  return !failed && fs::equivalent(folder, data_dir, failed) && !failed;
}

std::vector<pid_t> server_processes(const fs::path& data_dir) {
  std::vector<pid_t> found;
  std::error_code failed;
  for (fs::directory_iterator entry("/proc", failed), end; !failed && entry != end; entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && rest == name.data() + name.size() && serves(pid, data_dir)) {
      found.push_back(pid);
    }
  }
  return found;
}

std::string tail_of(const fs::path& file, std::uintmax_t from) {
  constexpr std::uintmax_t kBytes = 600;
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed || size <= from) {
    return "(nothing)";
  }
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(std::max(from, size > kBytes ? size - kBytes : 0)));
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (size - from > kBytes) {
    text.erase(0, text.find('\n') + 1);
  }
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  return text;
}

}  // namespace tradingd::store
