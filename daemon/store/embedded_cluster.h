#pragma once
// The daemon's private PostgreSQL cluster: one folder of data, one Unix socket, no TCP. It is made when
// it doesn't exist, started as a direct child, restarted when it dies and stopped with the daemon.
//
// A server never outlives its daemon: the kernel interrupts it (fast shutdown) when the daemon ends, by
// kill -9 too. The next daemon waits for the end of whatever server it still finds on the folder, and
// starts its own. Taking the old server over instead would save some tenths of a second, but would need a
// second way of watching a server, and leave one behind for ever when no daemon comes back.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/result.h"

namespace tradingd::store {

class ChildProcess;

struct EmbeddedClusterConfig {
  std::filesystem::path data_dir;    // made with mode 0700 when missing
  std::filesystem::path socket_dir;  // made with mode 0700 (0750 with group_access) when missing
  std::filesystem::path log_file;    // the server's log; kept as ".1" when over 10 MB at a start
  std::filesystem::path bin_dir;     // with initdb and postgres; empty: Debian's, see find_server_binaries
  bool group_access = false;         // the socket's mode is 0770 instead of 0700
  std::chrono::milliseconds init_deadline{120'000};
  std::chrono::milliseconds start_deadline{3'000};  // of one call; see starting()
  std::chrono::milliseconds stop_deadline{10'000};  // of a fast shutdown; after it, an immediate one
};

enum class ClusterHealth {
  running,    // it was there
  restarted,  // it had died, and accepts connections again; each connection from before is dead
};

/// The server's names in the ledger: the superuser, and the database.
inline constexpr std::string_view kClusterSuperuser = "postgres";
inline constexpr std::string_view kClusterDatabase = "tradingd";

/// The folder with the server's programs. An existing cluster needs its own major version (`data_dir`'s
/// PG_VERSION); a new one takes the newest below /usr/lib/postgresql. The error names the package to install.
Result<std::filesystem::path> find_server_binaries(const std::filesystem::path& data_dir,
                                                   const std::filesystem::path& bin_dir);

/// All functions may block; one thread at a time, not the loop's. The object holds a lock on the data
/// folder from `start` on, so a second daemon on it fails at once.
class EmbeddedCluster {
 public:
  explicit EmbeddedCluster(EmbeddedClusterConfig config);
  EmbeddedCluster(const EmbeddedCluster&) = delete;
  EmbeddedCluster& operator=(const EmbeddedCluster&) = delete;
  /// Stops the server as `stop` does.
  ~EmbeddedCluster();

  /// Makes the cluster if there is none, starts the server and makes the database. nullopt: it accepts
  /// connections. Refuses root, since PostgreSQL does. A server that isn't ready after `start_deadline` goes
  /// on: see starting().
  [[nodiscard]] std::optional<Error> start();

  /// After an error of start(): the server lives and only isn't ready yet, as in a long recovery after a crash.
  /// Call start() again, which goes on waiting for it, as often as it takes.
  [[nodiscard]] bool starting() const { return starting_; }

  /// To be called every second or so: restarts a server that has died. An error means that it is down and
  /// says why; the next attempt waits for a back-off of 0.25 s, doubled up to 15 s, and calls before that
  /// time return the same error at once.
  Result<ClusterHealth> ensure_running();

  /// Fast shutdown: open transactions are rolled back and the checkpoint is written; an immediate one
  /// after `stop_deadline`. nullopt: stopped, or never started.
  [[nodiscard]] std::optional<Error> stop();

  /// A libpq connection string for the ledger's database. The socket lets in the daemon's own account and
  /// root, as any of the ledger's login roles or the superuser.
  [[nodiscard]] std::string dsn(std::string_view role = kClusterSuperuser) const;

  /// The server's process; -1 when it isn't running.
  [[nodiscard]] pid_t server_pid() const;

 private:
  [[nodiscard]] std::optional<Error> prepare();
  [[nodiscard]] std::optional<Error> lock_data_dir();
  [[nodiscard]] std::optional<Error> initialise();
  [[nodiscard]] std::optional<Error> clear_previous_server() const;
  [[nodiscard]] std::optional<Error> start_server();
  [[nodiscard]] std::optional<Error> await_ready();
  [[nodiscard]] std::optional<Error> make_database() const;
  [[nodiscard]] std::string connection_string(std::string_view role, std::string_view database) const;

  EmbeddedClusterConfig config_;
  std::filesystem::path bin_dir_;
  int lock_ = -1;
  std::unique_ptr<ChildProcess> server_;
  bool ready_ = false;            // the server has accepted a connection
  bool starting_ = false;         // the last start() ended before the server was ready
  std::uintmax_t log_start_ = 0;  // where the server's part of the log begins
  std::chrono::milliseconds back_off_{0};
  std::chrono::steady_clock::time_point next_attempt_;
  std::chrono::steady_clock::time_point ready_since_;
  std::optional<Error> down_reason_;
};

}  // namespace tradingd::store
