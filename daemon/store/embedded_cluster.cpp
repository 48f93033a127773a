#include "daemon/store/embedded_cluster.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <thread>

#include "daemon/base/failpoint.h"
#include "daemon/store/child_process.h"
#include "daemon/store/cluster_files.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kDebianBinaries = "/usr/lib/postgresql";
constexpr std::uintmax_t kLogSizeMax = 10'000'000;
constexpr std::size_t kSocketPathMax = 107;  // sun_path of unix(7), without its final zero
constexpr auto kPollInterval = std::chrono::milliseconds(10);
constexpr auto kImmediateStopDeadline = std::chrono::milliseconds(5'000);
constexpr auto kKillDeadline = std::chrono::milliseconds(1'000);
constexpr auto kBackOffMin = std::chrono::milliseconds(250);
constexpr auto kBackOffMax = std::chrono::milliseconds(15'000);
constexpr auto kStableAfter = std::chrono::seconds(30);  // a server that ran so long restarts without back-off

/// 0 when the text is no version.
int major_version(std::string_view text) {
  int major = 0;
  std::from_chars(text.data(), text.data() + text.size(), major);
  return major;
}

int cluster_version(const fs::path& data_dir) {
  std::ifstream file(data_dir / "PG_VERSION");
  std::string line;
  std::getline(file, line);
  return major_version(line);
}

bool has_server(const fs::path& bin_dir) {
  return ::access((bin_dir / "postgres").c_str(), X_OK) == 0 && ::access((bin_dir / "initdb").c_str(), X_OK) == 0;
}

std::optional<Error> make_folder(const fs::path& folder, fs::perms mode) {
  std::error_code failed;
  if (fs::is_directory(folder, failed)) {
    return std::nullopt;
  }
  fs::create_directories(folder, failed);
  if (!failed) {
    fs::permissions(folder, mode, failed);
  }
  if (failed) {
    return Error{fmt::format("can't make the folder {}: {}", folder.string(), failed.message())};
  }
  return std::nullopt;
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

/// Waits until `gone` is true.
bool await(const std::function<bool()>& gone, std::chrono::milliseconds deadline) {
  const auto end = Clock::now() + deadline;
  while (!gone()) {
    if (Clock::now() >= end) {
      return false;
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return true;
}

std::string quoted_parameter(std::string_view value) {
  std::string out = "'";
  for (const char character : value) {
    if (character == '\'' || character == '\\') {
      out += '\\';
    }
    out += character;
  }
  return out + "'";
}

}  // namespace

Result<fs::path> find_server_binaries(const fs::path& data_dir, const fs::path& bin_dir) {
  const int needed = cluster_version(data_dir);
  if (!bin_dir.empty()) {
    if (has_server(bin_dir)) {
      return bin_dir;
    }
    return Error{
        fmt::format("{} has no PostgreSQL server (initdb, postgres): correct the configured folder, or remove "
                    "the setting and apt-get install postgresql",
                    bin_dir.string())};
  }
  int newest = 0;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(kDebianBinaries, failed)) {
    const int major = major_version(entry.path().filename().string());
    if (major > newest && (needed == 0 || major == needed) && has_server(entry.path() / "bin")) {
      newest = major;
    }
  }
  if (newest != 0) {
    return fs::path(kDebianBinaries) / std::to_string(newest) / "bin";
  }
  if (needed != 0) {
    return Error{
        fmt::format("the database in {} was made by PostgreSQL {}, which is not installed: apt-get install "
                    "postgresql-{}",
                    data_dir.string(), needed, needed)};
  }
  return Error{fmt::format("no PostgreSQL server found below {}: apt-get install postgresql", kDebianBinaries)};
}

EmbeddedCluster::EmbeddedCluster(EmbeddedClusterConfig config) : config_(std::move(config)) {
  config_.data_dir = fs::absolute(config_.data_dir).lexically_normal();
  config_.socket_dir = fs::absolute(config_.socket_dir).lexically_normal();
  config_.log_file = fs::absolute(config_.log_file).lexically_normal();
}

EmbeddedCluster::~EmbeddedCluster() {
  // Without success the child's own destructor kills the server, and the next start recovers it.
  static_cast<void>(stop());
  if (lock_ >= 0) {
    ::close(lock_);
  }
}

std::optional<Error> EmbeddedCluster::start() {
  starting_ = false;
  if (auto failed = prepare()) {
    return failed;
  }
  return start_server();
}

std::optional<Error> EmbeddedCluster::prepare() {
  if (::geteuid() == 0) {
    return Error{
        "the embedded database can't run as root, since PostgreSQL refuses to: run tradingd under an account "
        "of its own, or give it a server with [database] dsn"};
  }
  const fs::path socket = config_.socket_dir / fmt::format(".s.PGSQL.{}", kClusterPort);
  if (socket.string().size() > kSocketPathMax) {
    return Error{
        fmt::format("the path of the database's socket, {}, is longer than the {} bytes that the system "
                    "allows: choose a shorter folder",
                    socket.string(), kSocketPathMax)};
  }
  auto binaries = find_server_binaries(config_.data_dir, config_.bin_dir);
  if (!binaries) {
    return binaries.error();
  }
  bin_dir_ = *binaries;
  const auto private_mode = fs::perms::owner_all;
  const auto socket_mode =
      config_.group_access ? private_mode | fs::perms::group_read | fs::perms::group_exec : private_mode;
  for (const auto& [folder, mode] : {std::pair(config_.data_dir.parent_path(), private_mode),
                                     {config_.log_file.parent_path(), private_mode},
                                     {config_.socket_dir, socket_mode}}) {
    if (auto failed = make_folder(folder, mode)) {
      return failed;
    }
  }
  if (auto failed = lock_data_dir()) {
    return failed;
  }
  return initialise();
}

std::optional<Error> EmbeddedCluster::lock_data_dir() {
  if (lock_ >= 0) {
    return std::nullopt;
  }
  const std::string path = config_.data_dir.string() + ".lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return Error{fmt::format("can't open {}: {}", path, std::strerror(errno))};
  }
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> holder{};
    const ssize_t size = ::pread(file, holder.data(), holder.size() - 1, 0);
    ::close(file);
    return Error{fmt::format("the database in {} is used by another tradingd (process {}): stop that one first",
                             config_.data_dir.string(), size > 0 ? holder.data() : "unknown")};
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, pid.data(), pid.size(), 0) < 0) {
    ::close(file);
    return Error{fmt::format("can't write {}: {}", path, std::strerror(errno))};
  }
  lock_ = file;
  return std::nullopt;
}

std::optional<Error> EmbeddedCluster::initialise() {
  if (cluster_version(config_.data_dir) != 0) {
    return std::nullopt;
  }
  std::error_code failed;
  if (fs::exists(config_.data_dir, failed) && !fs::is_empty(config_.data_dir, failed)) {
    return Error{fmt::format("{} is not empty and holds no PostgreSQL cluster: choose another folder, or empty it",
                             config_.data_dir.string())};
  }
  // Made beside it and renamed when complete, so that an interrupted initdb leaves nothing half done.
  const fs::path unfinished = config_.data_dir.string() + ".new";
  fs::remove_all(unfinished, failed);
  const auto log_start = fs::file_size(config_.log_file, failed);
  const Command initdb{bin_dir_ / "initdb",
                       {"--pgdata=" + unfinished.string(), fmt::format("--username={}", kClusterSuperuser),
                        "--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"},
                       config_.log_file};
  if (auto error = run_to_end(initdb, config_.init_deadline)) {
    return Error{fmt::format("can't make the database in {}: {}; it said: {}", config_.data_dir.string(),
                             error->message, tail_of(config_.log_file, failed ? 0 : log_start))};
  }
  FAILPOINT("cluster.before_rename");
  fs::rename(unfinished, config_.data_dir, failed);
  if (failed) {
    return Error{
        fmt::format("can't rename {} to {}: {}", unfinished.string(), config_.data_dir.string(), failed.message())};
  }
  sync_folder(config_.data_dir.parent_path());
  return std::nullopt;
}

std::optional<Error> EmbeddedCluster::clear_previous_server() const {
  if (const auto previous = read_postmaster_file(config_.data_dir);
      previous && serves(previous->pid, config_.data_dir)) {
    ::kill(previous->pid, SIGINT);
    await([&] { return !serves(previous->pid, config_.data_dir); }, config_.stop_deadline);
  }
  // Backends whose server was killed go on with their statement to its end, and a new server doesn't start
  // beside them. Nothing of theirs can be committed any more. A server that hangs is ended here, too.
  std::vector<pid_t> remaining = server_processes(config_.data_dir);
  const auto all_gone = [&] { return (remaining = server_processes(config_.data_dir)).empty(); };
  for (const auto& [number, deadline] : {std::pair(SIGQUIT, kImmediateStopDeadline), {SIGKILL, kKillDeadline}}) {
    for (const pid_t pid : remaining) {
      ::kill(pid, number);
    }
    if (remaining.empty() || await(all_gone, deadline)) {
      break;
    }
  }
  if (!remaining.empty()) {
    return Error{fmt::format("the previous server (process {}) on {} doesn't end: look at {}", remaining.front(),
                             config_.data_dir.string(), config_.log_file.string())};
  }
  // The file of a killed server names a pid that may be another process by now, which PostgreSQL would
  // take for a live server. We hold the folder's lock and have seen that there is none.
  std::error_code failed;
  fs::remove(config_.data_dir / "postmaster.pid", failed);
  if (failed) {
    return Error{fmt::format("can't remove {}/postmaster.pid: {}", config_.data_dir.string(), failed.message())};
  }
  return std::nullopt;
}

std::optional<Error> EmbeddedCluster::start_server() {
  if (server_ && server_->running()) {
    return ready_ ? std::nullopt : await_ready();
  }
  ready_ = false;
  if (auto failed = clear_previous_server()) {
    return failed;
  }
  if (auto failed = write_cluster_configuration(config_.data_dir, config_.socket_dir, config_.group_access)) {
    return failed;
  }
  std::error_code absent;
  if (fs::file_size(config_.log_file, absent) > kLogSizeMax && !absent) {
    fs::rename(config_.log_file, config_.log_file.string() + ".1", absent);
  }
  log_start_ = fs::file_size(config_.log_file, absent);
  log_start_ = absent ? 0 : log_start_;
  auto started = ChildProcess::start({bin_dir_ / "postgres", {"-D", config_.data_dir.string()}, config_.log_file});
  if (!started) {
    return started.error();
  }
  server_ = std::move(started).value();
  return await_ready();
}

std::optional<Error> EmbeddedCluster::await_ready() {
  const auto end = Clock::now() + config_.start_deadline;
  while (server_->running()) {
    const auto file = read_postmaster_file(config_.data_dir);
    if (file && file->pid == server_->pid() && file->status == "ready") {
      auto failed = make_database();
      ready_ = !failed;
      ready_since_ = Clock::now();
      return failed;
    }
    if (Clock::now() >= end) {
      starting_ = true;
      return Error{fmt::format("PostgreSQL is still starting (recovery after a crash can take long); its log, {}: {}",
                               config_.log_file.string(), tail_of(config_.log_file, log_start_))};
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return Error{fmt::format("PostgreSQL ended at its start with {}; its log, {}: {}", server_->how_it_ended(),
                           config_.log_file.string(), tail_of(config_.log_file, log_start_))};
}

std::optional<Error> EmbeddedCluster::make_database() const {
  try {
    Connection connection({connection_string(kClusterSuperuser, "postgres"), "", "tradingd"});
    const std::string name(kClusterDatabase);
    if (connection.exec("SELECT FROM pg_database WHERE datname = $1", {name}).empty()) {
      connection.exec("CREATE DATABASE " + name);
    }
    return std::nullopt;
  } catch (const DatabaseError& failure) {
    return Error{fmt::format("the embedded database has started but can't be used: {}", failure.what())};
  }
}

Result<ClusterHealth> EmbeddedCluster::ensure_running() {
  const bool alive = server_ && server_->running();
  if (alive && ready_) {
    return ClusterHealth::running;
  }
  const auto now = Clock::now();
  if (ready_) {  // it has died since the last call
    down_reason_ = Error{
        fmt::format("PostgreSQL has ended with {}; its log is {}", server_->how_it_ended(), config_.log_file.string())};
    if (now - ready_since_ > kStableAfter) {
      back_off_ = {};
    }
    next_attempt_ = now + back_off_;
    ready_ = false;
  }
  if (!alive && now < next_attempt_) {
    return *down_reason_;
  }
  back_off_ = std::clamp(back_off_ * 2, kBackOffMin, kBackOffMax);
  if (auto failed = start()) {
    down_reason_ = failed;
    next_attempt_ = Clock::now() + back_off_;
    return *failed;
  }
  return ClusterHealth::restarted;
}

std::optional<Error> EmbeddedCluster::stop() {
  if (!server_) {
    return std::nullopt;
  }
  server_->signal(SIGINT);
  if (!server_->wait(config_.stop_deadline)) {
    server_->signal(SIGQUIT);
    if (!server_->wait(kImmediateStopDeadline)) {
      return Error{
          fmt::format("PostgreSQL (process {}) doesn't end; look at {}", server_->pid(), config_.log_file.string())};
    }
  }
  server_.reset();
  ready_ = false;
  starting_ = false;
  return std::nullopt;
}

std::string EmbeddedCluster::connection_string(std::string_view role, std::string_view database) const {
  return fmt::format("host={} port={} dbname={} user={}", quoted_parameter(config_.socket_dir.string()), kClusterPort,
                     quoted_parameter(database), quoted_parameter(role));
}

std::string EmbeddedCluster::dsn(std::string_view role) const { return connection_string(role, kClusterDatabase); }

pid_t EmbeddedCluster::server_pid() const { return server_ && server_->running() ? server_->pid() : -1; }

}  // namespace tradingd::store
