#pragma once
// The ledger under test, seen from three sides: the daemon's (a LedgerStore), the fault injector's, and that of whoever
// checks it at the end. Layer A keeps it in memory, layer B is a real PostgreSQL.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/engine/ledger.h"
#include "tests/sim/fault.h"

namespace tradingd::sim {

/// The ledger or an answer is not what it must be. What a simulation ends with when it has found a bug.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void require(bool holds, const std::string& what) {
  if (!holds) {
    throw Violation(what);
  }
}

/// A feed as it was stored.
struct StoredFeed {
  FeedId id;
  std::vector<engine::Instrument> instruments;
  std::vector<engine::Tick> ticks;
};

/// A run as the ledger has it at the end.
struct FoundRun {
  RunKey key;
  FeedId feed;
  std::string status;
  Time start_time;
  Money initial_cash;
  std::int64_t version = 0;
  std::string config;  // JSON
};

/// A row of command_log.
struct FoundCommand {
  std::string request_id;
  std::string method;
  std::int64_t version = 0;
  Time time;
  bool ok = true;
  std::string result;
  std::string arguments;
};

/// What a server and its sessions have suffered.
struct Blows {
  int servers_killed = 0;       // SIGKILL to the postmaster
  int backends_killed = 0;      // … to the process of a session, in the middle of a commit
  int sessions_terminated = 0;  // the server ended them
  Blows& operator+=(const Blows& more) {
    servers_killed += more.servers_killed;
    backends_killed += more.backends_killed;
    sessions_terminated += more.sessions_terminated;
    return *this;
  }
};

class World {
 public:
  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  virtual ~World() = default;

  // The surroundings.
  virtual UserId add_user() = 0;
  virtual FeedId add_feed() = 0;
  virtual void add_instrument(FeedId feed, const engine::Instrument& instrument) = 0;
  virtual void store_tick(FeedId feed, const engine::Tick& tick) = 0;
  /// A command of the user's that was no run's is in command_log.
  virtual void log_foreign_command(UserId user, const std::string& request_id) = 0;

  /// Sets the trading state of a user, or of everybody (user 0).
  virtual engine::StandingOrder add_standing_order(UserId user, engine::TradingState state) = 0;

  // The daemon's side.
  /// A new daemon's lease on all shards; what the old ones have under way ends, one way or the other, first.
  virtual std::int64_t take_lease() = 0;
  virtual std::unique_ptr<engine::LedgerStore> open_ledger() = 0;

  // Faults.
  /// Carries `send` out as `fault` has it; `key` and `runs` are what it will send. Only faults of the ledger's own.
  virtual engine::ApplyOutcome strike(Fault fault, const engine::BatchKey& key, std::span<const RunKey> runs,
                                      const std::function<engine::ApplyOutcome()>& send) = 0;
  /// From now on the rows of the run are refused, until it has ended.
  virtual void poison(RunKey run) = 0;
  /// Moves the run's version on. False where it is not RUNNING.
  virtual bool tamper(RunKey run) = 0;
  /// The version that it was stopped at; nullopt where it was not RUNNING.
  virtual std::optional<std::int64_t> stop_behind(RunKey run) = 0;
  virtual bool delete_behind(RunKey run) = 0;
  /// Ends everything that is still in force or under way; nothing is struck any more.
  virtual void heal() = 0;

  // Inspection. Never struck.
  virtual std::optional<engine::StoredCommand> command(UserId user, const std::string& request_id) = 0;
  virtual std::vector<FoundRun> runs() = 0;
  /// Of the run, in the order in which they were written.
  virtual std::vector<FoundCommand> commands(RunKey run) = 0;
  /// How the ledger of the run differs from these writes, made by its undisturbed execution; "" when it doesn't.
  virtual std::string difference(const engine::RunWrites& expected) = 0;
  /// What is broken in the ledger as a whole; "" when nothing is.
  virtual std::string broken_invariants() = 0;
  /// Ticks of runs that were committed.
  virtual std::int64_t run_ticks() = 0;
  /// Statements that arrived after their batch was given up or their epoch was over, and were refused.
  virtual std::int64_t late_refused() { return 0; }
  virtual Blows blows() { return {}; }
};

}  // namespace tradingd::sim
