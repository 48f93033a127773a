#pragma once
// The right to write for shards of users. Two locks: a session's advisory lock, which goes with its process
// and tells a second daemon at once; and the epoch in engine_shard, which each batch is checked against, so
// that a daemon which was paused, replaced and resumed can't write.

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/store/connection.h"
#include "daemon/store/store_error.h"

namespace tradingd::store {

enum class LeaseStatus : std::uint8_t {
  held,
  lost,         // another daemon has taken it over: stop at once
  unavailable,  // no connection; whether it is held still is not known, and batches are fenced anyway
};

/// A shard as every daemon on the ledger sees it.
struct ShardState {
  int shard = 0;
  std::string holder;  // the last one; empty: it was given up
  bool held = false;   // there is a holder, his lease was renewed in time, and his session lives
};

/// Has a connection of its own. Used by one thread at a time.
class Lease {
 public:
  /// Takes the lease on these shards, with a new epoch. `holder` is what another daemon shows its operator:
  /// "tradingd on HOST, pid 1234". Waits a second at most for a holder that is just going, and takes over from
  /// one that has not renewed its lease in time; an error of kind `conflict` names one that has. `unavailable`: trouble
  /// with the database, try again. Batches of earlier epochs are over (committed, or never to be) when this returns.
  [[nodiscard]] static StoreResult<std::unique_ptr<Lease>> acquire(const ConnectionOptions& options,
                                                                   std::span<const int> shards,
                                                                   const std::string& holder,
                                                                   std::chrono::seconds validity);
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  /// Lets go of the advisory locks, not of the shards: see release().
  ~Lease();

  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  [[nodiscard]] const std::vector<int>& shards() const { return shards_; }

  /// Extends the lease. After a lost connection it makes a new one and takes the locks again, if nobody
  /// else has had the lease since. While a dead session of ours still has the locks (the server hasn't noticed
  /// its end) it is `unavailable`; the session is ended.
  [[nodiscard]] LeaseStatus renew();
  /// All shards, ours among them; an error of kind `unavailable` when there is no connection just now.
  [[nodiscard]] StoreResult<std::vector<ShardState>> look_around();
  /// Gives the shards up: no batch of this epoch can be written any more. Nothing to do when it was lost.
  [[nodiscard]] LeaseStatus release();

 private:
  Lease(ConnectionOptions options, std::span<const int> shards, std::string holder, std::chrono::seconds validity);
  /// Connects and takes the advisory locks. False: another session has one of them.
  bool connect();
  bool lock_shards();
  void take_shards();
  /// Whether engine_shard still shows this lease on all its shards.
  bool stands();
  /// Ends the sessions of a holder whose lease has expired. False: there is none.
  bool end_expired_holder();
  /// Ends those of our earlier sessions that still have advisory locks.
  void end_dead_sessions();

  ConnectionOptions options_;
  std::vector<int> shards_;
  std::string holder_;
  std::chrono::seconds validity_;
  std::int64_t epoch_ = 0;
  std::unique_ptr<Connection> connection_;
  std::vector<int> sessions_;  // server processes of ours that may have the locks
};

}  // namespace tradingd::store
