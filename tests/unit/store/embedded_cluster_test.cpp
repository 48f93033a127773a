// The private PostgreSQL cluster: made, started, killed, found again, stopped. PostgreSQL refuses root, so
// as root each body runs in a child process under the account "postgres".
#include "daemon/store/embedded_cluster.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <pqxx/pqxx>
#include <stdexcept>
#include <thread>

#include "daemon/store/cluster_files.h"
#include "daemon/store/server_settings.h"

using namespace tradingd;
using namespace tradingd::store;
namespace fs = std::filesystem;

namespace {

void require(bool condition, const std::string& what) {
  if (!condition) {
    throw std::runtime_error(what);
  }
}

void require_none(const std::optional<Error>& failed) { require(!failed, failed ? failed->message : ""); }

/// A folder of the test's own, short enough for a socket, removed at the end.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = "/tmp/tdpg.XXXXXX";
    require(::mkdtemp(name.data()) != nullptr, "mkdtemp");
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  [[nodiscard]] EmbeddedClusterConfig config() const {
    EmbeddedClusterConfig config;
    config.data_dir = path / "data";
    config.socket_dir = path / "run";
    config.log_file = path / "postgres.log";
    config.start_deadline = std::chrono::seconds(60);
    return config;
  }
};

/// Runs `body` in a child process, as an unprivileged account; gives its exception's text, "" for none.
std::string in_child(const std::function<void()>& body) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE_EQUAL(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string message;
    try {
      if (::geteuid() == 0) {
        const passwd* account = ::getpwnam("postgres");
        require(account != nullptr, "no account named postgres");
        require(::setgroups(0, nullptr) == 0 && ::setgid(account->pw_gid) == 0 && ::setuid(account->pw_uid) == 0,
                "can't change to the account postgres");
      }
      body();
    } catch (const std::exception& failure) {
      message = failure.what();
      if (message.empty()) {
        message = "failed";
      }
    }
    static_cast<void>(!::write(ends[1], message.data(), message.size()));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string message;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    message.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? message : message + " (the child was killed)";
}

/// The same with a cluster that is there already, not started. It is initialised once and copied.
std::string in_child_with_cluster(const std::function<void(const Folder&)>& body) {
  static const Folder original;
  static bool made = false;
  if (!made) {
    if (::geteuid() == 0) {
      const passwd* account = ::getpwnam("postgres");
      BOOST_REQUIRE(account != nullptr);
      BOOST_REQUIRE_EQUAL(::chown(original.path.c_str(), account->pw_uid, account->pw_gid), 0);
    }
    BOOST_REQUIRE_EQUAL(in_child([] { require_none(EmbeddedCluster(original.config()).start()); }), "");
    made = true;
  }
  return in_child([&] {
    const Folder folder;
    fs::copy(original.path / "data", folder.path / "data", fs::copy_options::recursive);
    body(folder);
  });
}

std::string ask(const EmbeddedCluster& cluster, const std::string& sql) {
  pqxx::connection connection(cluster.dsn());
  pqxx::nontransaction work(connection);
  const pqxx::result result = work.exec(sql);
  return result.empty() || result.columns() == 0 ? "" : result[0][0].c_str();
}

/// A zombie has ended, too: in a container the first process may reap nothing.
bool has_ended(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || text.compare(name_end + 1, 2, " Z") == 0;
}

bool gone(pid_t pid) {
  for (int i = 0; i < 2'000; ++i) {
    if (has_ended(pid)) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

/// A daemon as the test sees it: a process with a running cluster, told by its pipe when it is up.
struct Daemon {
  pid_t pid = -1;
  pid_t server = -1;
  explicit Daemon(const EmbeddedClusterConfig& config, const std::string& sql = {}) {
    std::array<int, 2> ends{};
    require(::pipe(ends.data()) == 0, "pipe");
    pid = ::fork();
    if (pid == 0) {
      EmbeddedCluster cluster(config);
      pid_t up = -1;
      if (!cluster.start()) {
        if (!sql.empty()) {
          ask(cluster, sql);
        }
        up = cluster.server_pid();
      }
      static_cast<void>(!::write(ends[1], &up, sizeof up));
      for (;;) {
        ::pause();
      }
    }
    ::close(ends[1]);
    require(::read(ends[0], &server, sizeof server) == sizeof server && server > 0, "the first daemon didn't start");
    ::close(ends[0]);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  void kill() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      pid = -1;
    }
  }
  ~Daemon() { kill(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(embedded_cluster)

BOOST_AUTO_TEST_CASE(first_start_makes_a_durable_private_server) {
  BOOST_TEST(
      in_child([] {
        const Folder folder;
        EmbeddedCluster cluster(folder.config());
        require_none(cluster.start());
        const std::array<std::pair<const char*, const char*>, 11> settings{{
            {"fsync", "on"},
            {"synchronous_commit", "on"},
            {"full_page_writes", "on"},
            {"data_checksums", "on"},
            {"listen_addresses", ""},
            {"unix_socket_permissions", "0700"},
            {"jit", "off"},
            {"client_connection_check_interval", "500ms"},
            {"max_connections", "40"},
            {"server_encoding", "UTF8"},
            {"TimeZone", "UTC"},
        }};
        for (const auto& [name, value] : settings) {
          const std::string actual = ask(cluster, std::string("SHOW ") + name);
          require(actual == value, fmt::format("{} is {}, not {}", name, actual, value));
        }
        Connection connection({cluster.dsn(), "", "test"});
        for (const FoundSetting& found : read_server_settings(connection)) {
          require(found.good, fmt::format("{} is {}", found.setting->name, found.value));
        }
        require(ask(cluster, "SELECT current_database() || ' ' || current_user") == "tradingd postgres", "names");
        require(ask(cluster, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8",
                "collation");
        const pid_t server = cluster.server_pid();
        require(server > 0 && ::getpgid(server) == server, "a process group of its own");
        require((fs::status(folder.path / "data").permissions() & fs::perms::all) == fs::perms::owner_all,
                "mode of the data folder");
        require_none(cluster.stop());
        require(gone(server), "stopped");
        require_none(cluster.stop());
        // Data survives, and a second start is a start only.
        require_none(cluster.start());
        require(ask(cluster, "SELECT 'here'") == "here", "second start");
      }) == "");
}

BOOST_AUTO_TEST_CASE(killed_daemon_leaves_no_server_and_the_next_one_is_up_soon) {
  BOOST_TEST(in_child_with_cluster([](const Folder& folder) {
               const std::string work =
                   "CREATE TABLE kept AS SELECT g FROM generate_series(1, 200000) g; SELECT pg_current_wal_lsn()";
               Daemon first(folder.config(), work);
               EmbeddedCluster second(folder.config());
               const auto refused = second.start();
               require(refused && refused->message.find(std::to_string(first.pid)) != std::string::npos,
                       "a second daemon on the folder must be refused and name the first");
               require(::kill(first.server, 0) == 0, "the first server must not be disturbed");

               first.kill();
               const auto begin = std::chrono::steady_clock::now();
               require_none(second.start());
               const auto took = std::chrono::steady_clock::now() - begin;
               require(ask(second, "SELECT count(*) FROM kept") == "200000", "rows kept");
               require(gone(first.server), "the first server has ended");
               require(took < std::chrono::seconds(5), "up again soon");
               BOOST_TEST_MESSAGE("up again after "
                                  << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
             }) == "");
}

BOOST_AUTO_TEST_CASE(server_ends_with_a_killed_daemon_that_nobody_restarts) {
  BOOST_TEST(in_child_with_cluster([](const Folder& folder) {
               Daemon first(folder.config());
               first.kill();
               require(gone(first.server), "the server outlived its daemon");
             }) == "");
}

BOOST_AUTO_TEST_CASE(killed_server_is_restarted_with_its_rows) {
  BOOST_TEST(in_child_with_cluster([](const Folder& folder) {
               EmbeddedCluster cluster(folder.config());
               require_none(cluster.start());
               ask(cluster, "CREATE TABLE kept AS SELECT g FROM generate_series(1, 1000) g");
               auto health = cluster.ensure_running();
               require(health.ok() && *health == ClusterHealth::running, "undisturbed");
               // A backend in a long statement doesn't notice by itself that its server has gone.
               std::thread busy([&] {
                 try {
                   ask(cluster, "/* busy */ SELECT count(*) FROM generate_series(1, 2000000000)");
                 } catch (const pqxx::failure&) {
                   return;  // as it should be
                 }
               });
               while (ask(cluster, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '/* busy */%'") == "0") {
                 std::this_thread::sleep_for(std::chrono::milliseconds(5));
               }
               const pid_t before = cluster.server_pid();
               ::kill(before, SIGKILL);
               std::string reason;
               for (int i = 0; i < 200; ++i) {
                 health = cluster.ensure_running();
                 if (health.ok() && *health == ClusterHealth::restarted) {
                   break;
                 }
                 reason = health.ok() ? "still called running" : health.error().message;
                 std::this_thread::sleep_for(std::chrono::milliseconds(25));
               }
               busy.join();
               require(health.ok() && *health == ClusterHealth::restarted, "not restarted: " + reason);
               require(cluster.server_pid() != before, "a new process");
               require(ask(cluster, "SELECT count(*) FROM kept") == "1000", "rows kept");
               health = cluster.ensure_running();
               require(health.ok() && *health == ClusterHealth::running, "told once");
             }) == "");
}

BOOST_AUTO_TEST_CASE(server_that_is_long_in_starting_goes_on) {
  BOOST_TEST(in_child_with_cluster([](const Folder& folder) {
               auto config = folder.config();
               config.start_deadline = std::chrono::milliseconds(0);
               EmbeddedCluster cluster(config);
               auto failed = cluster.start();
               require(failed && cluster.starting(), "not ready at once");
               const pid_t server = cluster.server_pid();
               require(server > 0, "and left to go on");
               while (failed) {
                 require(cluster.starting(), failed->message);
                 failed = cluster.start();
               }
               require(!cluster.starting() && cluster.server_pid() == server, "the same server");
               require(ask(cluster, "SELECT 1") == "1", "and it works");
               require_none(cluster.stop());
               // What can't be started isn't starting.
               std::ofstream(folder.path / "data" / "local.conf") << "no_such_setting = 1\n";
               do {
                 failed = cluster.start();
               } while (cluster.starting());
               require(failed && failed->message.find("no_such_setting") != std::string::npos, "told apart");
             }) == "");
}

BOOST_AUTO_TEST_CASE(pid_file_that_names_another_process_is_stale) {
  BOOST_TEST(in_child_with_cluster([](const Folder& folder) {
               // As after a reboot: the dead server's pid is some other process of the same account.
               const pid_t other = ::fork();
               if (other == 0) {
                 for (;;) {
                   ::pause();
                 }
               }
               std::ofstream(folder.path / "data" / "postmaster.pid") << other << "\n" << folder.path.string() << "\n";
               EmbeddedCluster cluster(folder.config());
               const auto failed = cluster.start();
               const bool undisturbed = ::kill(other, 0) == 0 && ::waitpid(other, nullptr, WNOHANG) == 0;
               ::kill(other, SIGKILL);
               ::waitpid(other, nullptr, 0);
               require_none(failed);
               require(undisturbed, "the other process must be left alone");
             }) == "");
}

BOOST_AUTO_TEST_CASE(server_started_by_hand_on_the_folder_gives_way) {
  BOOST_TEST(in_child_with_cluster([](const Folder& folder) {
               const auto binaries = find_server_binaries(folder.path / "data", {});
               const std::string command = fmt::format("{}/pg_ctl -D {} -l {} -w start > /dev/null", binaries->string(),
                                                       (folder.path / "data").string(), (folder.path / "log").string());
               require(std::system(command.c_str()) == 0, "pg_ctl");
               const pid_t by_hand = read_postmaster_file(folder.path / "data")->pid;
               EmbeddedCluster cluster(folder.config());
               require_none(cluster.start());
               require(cluster.server_pid() != by_hand && gone(by_hand), "a server of its own");
               require(ask(cluster, "SELECT 1") == "1", "and it works");
             }) == "");
}

BOOST_AUTO_TEST_CASE(interrupted_initialisation_is_begun_again) {
  BOOST_TEST(in_child([] {
               const Folder folder;
               fs::create_directories(folder.path / "data.new" / "base");
               std::ofstream(folder.path / "data.new" / "PG_VERSION") << "15\n";
               fs::create_directories(folder.path / "data");
               EmbeddedCluster cluster(folder.config());
               require_none(cluster.start());
               require(!fs::exists(folder.path / "data.new"), "nothing left behind");
               // Restarts meet awkward settings, too.
               std::ofstream(folder.path / "data" / "local.conf") << "work_mem = '5MB'\n";
               require_none(cluster.stop());
               require_none(cluster.start());
               require(ask(cluster, "SHOW work_mem") == "5MB", "local.conf");
               require_none(cluster.stop());
               std::ofstream(folder.path / "data" / "local.conf") << "no_such_setting = 1\n";
               const auto failed = cluster.start();
               require(failed && failed->message.find("no_such_setting") != std::string::npos,
                       "the server's own words: " + (failed ? failed->message : "started"));
               const auto again = cluster.ensure_running();
               require(!again.ok(), "still down");
               const auto begin = std::chrono::steady_clock::now();
               require(!cluster.ensure_running().ok(), "backed off");
               require(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(20), "without an attempt");
             }) == "");
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named) {
  const Folder folder;
  const fs::path data = folder.path / "data";
  fs::create_directories(data);
  std::ofstream(data / "PG_VERSION") << "9\n";
  auto found = find_server_binaries(data, {});
  BOOST_REQUIRE(!found.ok());
  BOOST_TEST(found.error().message.find("apt-get install postgresql-9") != std::string::npos);
  found = find_server_binaries(folder.path / "none", folder.path);
  BOOST_REQUIRE(!found.ok());
  BOOST_TEST(found.error().message.find("apt-get install postgresql") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_places_are_refused) {
  BOOST_TEST(in_child([] {
               const Folder folder;
               auto config = folder.config();
               config.socket_dir = folder.path / std::string(100, 'x');
               EmbeddedCluster far(config);
               auto failed = far.start();
               require(failed && failed->message.find("shorter") != std::string::npos, "socket path too long");

               fs::create_directories(folder.path / "data");
               std::ofstream(folder.path / "data" / "thesis.txt") << "precious";
               EmbeddedCluster occupied(folder.config());
               failed = occupied.start();
               require(failed && failed->message.find("not empty") != std::string::npos, "folder in use");
               require(fs::exists(folder.path / "data" / "thesis.txt"), "untouched");
             }) == "");
  if (::geteuid() == 0) {
    const Folder folder;
    EmbeddedCluster cluster(folder.config());
    const auto failed = cluster.start();
    BOOST_REQUIRE(failed);
    BOOST_TEST(failed->message.find("root") != std::string::npos);
    BOOST_TEST(!fs::exists(folder.path / "data"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
