#pragma once
// The pipelines with their threads and bounded queues. Work goes to the pipeline that owns the user's
// shard; what arrives while a batch commits is the next batch, so that under load commits grow instead
// of queues.

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/sequencer/pipeline.h"

namespace tradingd::sequencer {

struct SequencerOptions {
  int pipelines = 2;
  std::size_t queue_limit = 4096;                  // waiting commands in each pipeline; above it the sender gets BUSY
  std::vector<int> shards = engine::all_shards();  // whose lease is held at the start,
  std::int64_t epoch = 0;                          // with this epoch
  std::function<std::unique_ptr<engine::LedgerStore>()> open_ledger;  // one for each pipeline
  std::function<void(const std::string&)> log;
  /// Called once, from a pipeline's thread: the daemon must exit.
  std::function<void()> fenced;
  /// Who serves a shard that isn't ours, for the answer to its users. Any thread.
  std::function<std::string(int shard)> holder_of;
};

struct SequencerStats {
  std::int64_t runs = 0;
  std::int64_t steps = 0;
  std::int64_t batches = 0;
  std::int64_t failed_runs = 0;
  std::int64_t unknown_committed = 0;  // batches whose connection was lost on the way, by what was read back
  std::int64_t unknown_absent = 0;
  std::size_t queued = 0;
  bool ledger_available = true;
};

class Sequencer {
 public:
  explicit Sequencer(SequencerOptions options);
  /// Stops, if that hasn't been done.
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  /// Recovers all pipelines in their threads, then lets them take work. Blocks until all have caught
  /// up; false when the ledger stayed unavailable until `stop`.
  [[nodiscard]] bool start();
  /// The same for further shards, taken over with a lease of this epoch, while the others go on. Not at the same time
  /// as `start` or `stop`.
  [[nodiscard]] bool adopt(const std::vector<int>& shards, std::int64_t epoch);
  /// Ends all waiting for a ledger that can't be reached: what can't be committed now is given up. Thread-safe.
  void interrupt();
  /// Finishes what is queued, commits it and ends the threads. While the ledger is unavailable, waiting
  /// work is answered UNAVAILABLE instead. Thread-safe, idempotent.
  void stop();

  /// Queues a command; its callback has been or will be called in any case. Never blocks.
  void submit(RunCommand command);
  void submit(StartCommand command);
  /// Queues a tick for every pipeline. Never refused: the feed bounds how many are under way.
  /// `done` is called once, with true when all pipelines have committed it, with false when some have given up.
  void submit(std::shared_ptr<const FeedTick> tick, std::function<void(bool)> done);

  /// Queues standing orders for every pipeline, as a tick is. When `done` is called with true, each run concerned has
  /// them as inputs.
  void submit(std::shared_ptr<const engine::StandingOrders> standing, std::function<void(bool)> done);

  /// Calls `done` when all that was queued before has been committed, as `submit` does for a tick.
  void after_queued(std::function<void(bool)> done) { submit(std::shared_ptr<const FeedTick>(), std::move(done)); }

  [[nodiscard]] SequencerStats stats() const;

 private:
  struct Lane;

  /// nullptr: the user's shard is another daemon's.
  Lane* lane_of(UserId user) const;
  [[nodiscard]] std::vector<Lane*> lanes() const;
  std::unique_ptr<Lane> make_lane(std::vector<int> shards, std::int64_t epoch);
  void run(Lane& lane);
  bool wait(std::chrono::milliseconds pause);
  template <typename Command>
  void enqueue(Command command);
  template <typename WorkType, typename Subject>
  void to_all(std::shared_ptr<const Subject> subject, std::function<void(bool)> done);

  SequencerOptions options_;
  mutable std::mutex lanes_mutex_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // only added to, until the end
  std::array<Lane*, engine::kShardCount> by_shard_{};
  std::atomic<std::int64_t> next_batch_{1};

  mutable std::mutex stop_mutex_;
  std::condition_variable stop_changed_;
  bool stopping_ = false;
  std::size_t recovering_ = 0;  // lanes
  bool recovery_failed_ = false;
};

}  // namespace tradingd::sequencer
