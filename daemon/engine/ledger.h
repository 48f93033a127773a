#pragma once
// The port between the sequencer and a ledger: what a batch holds, and how its fate is told. The
// store implements it on PostgreSQL, the simulator in memory with faults.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/digest.h"
#include "daemon/engine/effects.h"
#include "daemon/engine/shards.h"
#include "daemon/engine/state.h"

namespace tradingd::engine {

/// A mutating command and its answer; row of `command_log`: audit trail and idempotency record.
struct CommandRecord {
  std::string request_id;  // unique per user
  std::int64_t uid = -1;   // Unix uid of the caller
  std::string method;      // "order.place"
  std::string arguments;   // JSON, canonical; without the request id
  std::string result;      // JSON of the answer, an error included
  bool ok = true;
  Time time;                 // logical
  std::int64_t version = 0;  // of the run after it: its place among the run's inputs
};

/// What one run adds to the ledger in one batch.
struct RunWrites {
  RunKey key;
  std::int64_t expected_version = 0;  // the ledger's version that this was computed on
  const RunState* state = nullptr;    // after all steps of the batch
  bool strategy_changed = false;
  Effects effects;
  std::vector<CommandRecord> commands;
  const Market* market = nullptr;  // for the instruments' symbols
  std::string end_reason;          // of a run that stopped in this batch
};

/// A new run's row of `strategy_run`; the rest is in its RunWrites.
struct NewRun {
  RunKey key;
  FeedId feed;
  std::string strategy;  // "sip"
  std::string name;      // given by the user; may be empty
  std::string config;    // JSON, canonical
  Digest config_hash{};
  Money initial_cash;
  Time start_time;
};

/// Names a batch for reading back after a lost commit; recorded in the transaction itself.
struct BatchKey {
  std::int64_t epoch = 0;   // of the daemon's lease
  std::int64_t number = 0;  // counts up within an epoch, over all pipelines
};

enum class ApplyStatus : std::uint8_t {
  committed,    // durable; `refused` runs excepted
  rejected,     // the database refused the batch as a whole (`sqlstate`, `message`); nothing was written
  unknown,      // the connection was lost on the way: read back
  unavailable,  // there is no connection; nothing was sent
  fenced,       // another daemon has taken the lease over: stop at once
};

struct ApplyOutcome {
  ApplyStatus status = ApplyStatus::committed;
  std::vector<RunKey> refused;  // not RUNNING any more, gone, or at another version: nothing of theirs was written
  std::string sqlstate;
  std::string message;
};

enum class BatchFate : std::uint8_t { committed, absent, unavailable, fenced };

struct StoredCommand {
  std::string method;
  std::string arguments;
  std::string result;
  bool ok = true;
};

struct LoadedRun {
  RunState state;
  FeedId feed;
  Time start_time;
  std::vector<std::string> request_ids;  // of all its commands in `command_log`
};

/// What holds for runs from outside of them until the next one of its kind: a trading state, or a user's limits.
struct StandingOrder {
  UserId user;                        // 0: everybody
  RunId run;                          // 0: whichever run
  std::optional<TradingState> state;  // one of the two is there; both: the limits can't be read, which halts him
  std::optional<Ceiling> ceiling;
  std::string cause;
  std::int64_t uid = -1;  // Unix uid of who gave it
  std::int64_t revision = 0;
};

struct StandingOrders {
  std::vector<StandingOrder> orders;  // by revision
  std::int64_t revision = 0;          // of the last one there is
};

/// A run that couldn't be loaded; it must block nobody.
struct UnloadableRun {
  RunKey key;
  std::string reason;
  bool keep = false;  // this version can't read it: it stays RUNNING, out of memory. Else it must go to ERROR
};

struct LoadedRuns {
  std::vector<LoadedRun> runs;
  std::vector<UnloadableRun> unloadable;
};

/// One writer's view of the ledger. Each instance is used by one thread at a time. No function throws
/// for trouble with the database; a std::exception out of it is a bug.
class LedgerStore {
 public:
  LedgerStore() = default;
  LedgerStore(const LedgerStore&) = delete;
  LedgerStore& operator=(const LedgerStore&) = delete;
  virtual ~LedgerStore() = default;

  /// Writes the batch in one transaction. `runs` is ordered by key and has each run once.
  virtual ApplyOutcome apply(const BatchKey& key, std::span<const RunWrites> runs) = 0;
  /// Inserts the run and its first writes in one transaction.
  virtual ApplyOutcome start_run(const BatchKey& key, const NewRun& run, const RunWrites& writes) = 0;
  /// Waits for the transaction of `key`, if it is still alive, and tells whether it was committed.
  /// `absent` is final: however late its statement arrives, it is refused (TD003); send it under a new number.
  virtual BatchFate read_back(const BatchKey& key, int shard) = 0;
  /// Sets a RUNNING run to ERROR, with its open orders as they are. Idempotent.
  virtual ApplyOutcome fail_run(const BatchKey& key, RunKey run, const std::string& reason) = 0;

  /// A number for a new run.
  virtual Result<RunId> allocate_run_id() = 0;
  /// All RUNNING runs of these shards, or of the one user.
  virtual Result<LoadedRuns> load_runs(std::span<const int> shards) = 0;
  virtual Result<LoadedRuns> load_run(RunKey run) = 0;
  /// The feed's view as of the last tick at or before `time`.
  virtual Result<Market> load_market(FeedId feed, Time time) = 0;
  /// Up to `limit` stored ticks after `after`, ascending.
  virtual Result<std::vector<Tick>> load_ticks(FeedId feed, Time after, int limit) = 0;
  /// Whether the last load_… failed at what the ledger holds, which this version can't read, so that trying again
  /// is no use; false: at the database, which may come back.
  [[nodiscard]] virtual bool unreadable() const { return false; }
  /// Those after revision `after`; with 0, all that are in force.
  virtual Result<StandingOrders> load_standing_orders(std::int64_t after) = 0;
  /// nullopt in the result: no such request.
  virtual Result<std::optional<StoredCommand>> find_command(UserId user, const std::string& request_id) = 0;
};

}  // namespace tradingd::engine
