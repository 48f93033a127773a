#pragma once
// Does to the daemon's sessions what accidents do, at the moment when it hurts: while a statement of theirs waits.

#include <functional>
#include <memory>
#include <string>

#include "daemon/engine/ledger.h"
#include "daemon/store/connection.h"
#include "tests/sim/world.h"

namespace tradingd::sim {

/// By this name the daemon's sessions are known in pg_stat_activity.
inline constexpr const char* kDaemonName = "sim daemon";

class Saboteur {
 public:
  /// `dsn` is the superuser's. Plants the triggers that strikes are made with in the database.
  explicit Saboteur(std::string dsn);

  enum class Blow : std::uint8_t { terminate, cancel, kill };

  /// Runs `send` while another session holds the lock of the shard; when the daemon waits for it, strikes.
  engine::ApplyOutcome while_locked(int shard, Blow blow, const std::function<engine::ApplyOutcome()>& send);
  /// Runs `send` while the shard stays locked until the daemon's patience (lock_timeout) is over.
  engine::ApplyOutcome until_timeout(int shard, const std::function<engine::ApplyOutcome()>& send);
  /// Strikes when the daemon is in the middle of its commit: nothing will have been committed.
  engine::ApplyOutcome at_commit(Blow blow, const std::function<engine::ApplyOutcome()>& send);
  /// Strikes when the daemon's commit is done and waits for a standby: it will have been committed.
  engine::ApplyOutcome after_commit(const std::function<engine::ApplyOutcome()>& send);
  /// Runs `send` so that it meets a deadlock over the run's row and its shard's.
  engine::ApplyOutcome deadlock(RunKey run, const std::function<engine::ApplyOutcome()>& send);
  /// Runs `send` while the server answers each write with this SQLSTATE.
  engine::ApplyOutcome refused_with(const std::string& sqlstate, const std::function<engine::ApplyOutcome()>& send);
  /// Runs `send` while the daemon may not call the functions that write.
  engine::ApplyOutcome forbidden(const std::function<engine::ApplyOutcome()>& send);
  /// Ends all of the daemon's sessions, which are idle.
  void terminate_idle();
  /// SIGKILL to the server, all of it; it is up again on return.
  void kill_server();
  /// Undoes what a strike may have left behind.
  void heal();
  [[nodiscard]] const Blows& blows() const { return blows_; }

 private:
  store::Connection& sql();
  void mode(const std::string& mode);
  /// Runs `send`; another thread waits for a session of the daemon's that `waits` (a condition on pg_stat_activity) and
  /// strikes it.
  engine::ApplyOutcome struck(const std::string& waits, Blow blow, const std::function<engine::ApplyOutcome()>& send);
  /// Waits until the server has ended all sessions, as it does when one of its processes was killed.
  void outlive_sessions();

  std::string dsn_;
  std::unique_ptr<store::Connection> sql_;
  Blows blows_;
};

/// A superuser's connection; waits for a server that is coming up. Throws Violation when it doesn't in time.
[[nodiscard]] std::unique_ptr<store::Connection> connect(const std::string& dsn);

}  // namespace tradingd::sim
