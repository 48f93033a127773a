#pragma once
// One pipeline: the runs of some shards in memory, and the way from arrived work to committed rows.
//
// It has no thread of its own: `process` takes a batch of work, steps the engine, hands the rows to
// the ledger in one transaction (several, where the batch is large) and answers when it has committed.
// The simulator drives the same object on a virtual clock.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/engine/step.h"
#include "daemon/sequencer/standing.h"
#include "daemon/sequencer/work.h"

namespace tradingd::sequencer {

/// What a pipeline tells others about itself; read by any thread.
struct PipelineStats {
  std::atomic<std::int64_t> runs{0};
  std::atomic<std::int64_t> steps{0};    // inputs applied since the start
  std::atomic<std::int64_t> batches{0};  // committed
  std::atomic<std::int64_t> failed_runs{0};
  // Batches whose connection was lost on the way, by what was read back.
  std::atomic<std::int64_t> unknown_committed{0};
  std::atomic<std::int64_t> unknown_absent{0};
  std::atomic<bool> ledger_available{true};
};

/// What the pipeline needs from its surroundings.
struct PipelinePorts {
  engine::LedgerStore* ledger = nullptr;
  /// Number of the next batch; unique over all pipelines of an epoch.
  std::function<std::int64_t()> next_batch_number;
  /// Waits before a retry; false when the daemon is stopping and the batch must be given up.
  std::function<bool(std::chrono::milliseconds)> wait;
  /// One line for the log: a run that went to ERROR, a ledger lost or back.
  std::function<void(const std::string&)> log;
};

class Pipeline {
 public:
  /// `epoch` is that of the lease on `shards`.
  Pipeline(std::vector<int> shards, std::int64_t epoch, PipelinePorts ports);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Start-up and recovery: loads the RUNNING runs of the shards, sets those that can't be loaded to
  /// ERROR, and steps the others through the ticks that the feeds have stored since. False when the
  /// ledger stayed unavailable until the daemon stopped, or when fenced.
  [[nodiscard]] bool recover();

  /// Takes the work in order. Every reply and every `done` has been called when it returns. False when
  /// another daemon has fenced this one: nothing can be written any more.
  [[nodiscard]] bool process(std::vector<Work> batch);

  [[nodiscard]] const PipelineStats& stats() const { return stats_; }

 private:
  struct Slot;
  struct Feed;
  struct PendingReply;
  enum class CommitEnd : std::uint8_t { done, stopping, fenced };

  void process_one(TickWork& work);
  void take(const FeedTick& tick);
  void process_one(RunCommand& work);
  void process_one(StartCommand& work);
  void process_one(StandingWork& work);

  Slot* find_slot(UserId user, std::optional<RunId> run);
  /// The feed's view; loaded as of `time` if it isn't in memory. nullptr when the ledger can't be reached.
  Feed* feed_of(FeedId id, Time time);
  Slot& insert(engine::LoadedRun loaded, Feed& feed);
  void remove(Slot& slot);
  [[nodiscard]] bool catch_up(Feed& feed);
  /// Says that the run stays RUNNING in the ledger and out of memory: another version may read what this can't.
  void leave_out(RunKey key, const std::string& reason);
  /// Takes all standing orders from the ledger; false when the daemon is stopping.
  [[nodiscard]] bool load_standings();
  /// Makes inputs of those that the run lacks, with the market as the run has seen it last.
  void obey(engine::RunState& state, engine::RunWrites& writes, const engine::Market& market);
  void obey(Slot& slot, const engine::Market& market);
  /// The same for each run of the feed that has seen all ticks before `time`.
  void obey_before(Feed& feed, Time time);
  /// Takes a run's state from the ledger again, makes it obey, and steps it to where its feed's view is. What conflicts
  /// on the way is in conflicts_ and not in memory.
  void readmit(RunKey key);
  [[nodiscard]] bool repeat_of_earlier(const CommandHeader& header, const Slot* slot, CommandCallback& reply);

  void start(StartCommand& work, RunId id, Feed& feed);
  [[nodiscard]] static nlohmann::json result_row(const Slot& slot, const engine::RunWrites& writes,
                                                 const engine::Input& input, const engine::StepResult& result);
  static void record(engine::RunWrites& writes, const CommandHeader& header, const CommandReply& reply, Time time);

  engine::RunWrites& writes_of(Slot& slot);
  engine::StepResult step(Slot& slot, const engine::Input& input);
  void tick(Feed& feed, const engine::Tick& tick);
  void commit_if_large();

  /// Commits what the steps since the last commit have gathered, and answers.
  void commit();
  [[nodiscard]] CommitEnd commit(std::span<engine::RunWrites> writes);
  [[nodiscard]] engine::ApplyOutcome settle(const std::function<engine::ApplyOutcome(const engine::BatchKey&)>& apply,
                                            std::span<const engine::RunWrites> writes, CommitEnd& end);
  [[nodiscard]] engine::ApplyOutcome read_back(const engine::BatchKey& key, std::span<const engine::RunWrites> writes,
                                               CommitEnd& end);
  [[nodiscard]] std::vector<RunKey> refused_among(std::span<const engine::RunWrites> writes, CommitEnd& end);
  [[nodiscard]] CommitEnd drop_refused(RunKey key);
  [[nodiscard]] CommitEnd split(std::span<engine::RunWrites> writes, const engine::ApplyOutcome& outcome);
  [[nodiscard]] CommitEnd fail(RunKey key, const std::string& reason);
  void finish_batch();

  std::vector<int> shards_;
  std::int64_t epoch_;
  PipelinePorts ports_;
  PipelineStats stats_;

  std::map<RunKey, std::unique_ptr<Slot>> slots_;
  std::map<FeedId, std::unique_ptr<Feed>> feeds_;
  Standings standings_;
  std::int64_t standing_revision_ = 0;  // when all were last loaded
  std::set<RunKey> disobedient_;        // during recovery: those that lack standing orders

  // The batch that is being gathered.
  std::vector<engine::RunWrites> writes_;  // the first writes_used_ are in use; the others keep their memory
  std::size_t writes_used_ = 0;
  std::vector<PendingReply> replies_;
  std::vector<std::function<void(bool)>> done_;
  std::int64_t batch_steps_ = 0;
  std::map<RunKey, std::string> lost_;  // runs whose writes were refused in this batch, and why
  std::set<RunKey> conflicts_;          // those among them that go on, from the ledger's state
  CommitEnd end_ = CommitEnd::done;
  bool readmitting_ = false;
  std::map<RunKey, std::int64_t> readmitted_;  // in this commit, with the standing orders' revision
  std::string scratch_;
};

}  // namespace tradingd::sequencer
