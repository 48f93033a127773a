#pragma once
// One life of the daemon in a simulation: pipelines with their queues, as the Sequencer has them, in one thread. Its
// ledger is the world's behind an injector that decides what each call meets.

#include <deque>
#include <memory>
#include <vector>

#include "daemon/sequencer/pipeline.h"
#include "tests/sim/world.h"

namespace tradingd::sim {

class Daemon;

/// Decides on the fate of each call that a daemon makes. Everything in it may throw Crash.
class Injector {
 public:
  Injector() = default;
  Injector(const Injector&) = delete;
  Injector& operator=(const Injector&) = delete;
  virtual ~Injector() = default;

  enum class Write : std::uint8_t { apply, start, fail };
  virtual engine::ApplyOutcome write(Daemon& from, Write kind, const engine::BatchKey& key,
                                     std::span<const engine::RunWrites> runs,
                                     const std::function<engine::ApplyOutcome()>& send) = 0;
  /// True: the operation fails.
  virtual bool fails(Daemon& from, Operation operation) = 0;
  /// Time passes; false when the daemon is stopping.
  virtual bool wait(Daemon& from, std::chrono::milliseconds pause) = 0;
  virtual void log(Daemon& from, const std::string& line) = 0;
};

class Daemon {
 public:
  struct Lane {
    std::unique_ptr<engine::LedgerStore> world;
    std::unique_ptr<engine::LedgerStore> ledger;
    std::unique_ptr<sequencer::Pipeline> pipeline;
    std::deque<sequencer::Work> queue;
  };

  /// `life` numbers the daemons of a simulation.
  Daemon(World& world, Injector& injector, int life, std::int64_t epoch, int pipelines);

  /// False when it was stopped or replaced before it had caught up.
  [[nodiscard]] bool recover();
  void submit(UserId user, sequencer::Work work);
  void submit(const std::shared_ptr<const sequencer::FeedTick>& tick, const std::function<void(bool)>& done);
  void submit(const std::shared_ptr<const engine::StandingOrders>& standing, const std::function<void(bool)>& done);
  /// Processes up to `count` items of a lane's queue. False: replaced.
  [[nodiscard]] bool process(Lane& lane, std::size_t count);

  [[nodiscard]] std::vector<std::unique_ptr<Lane>>& lanes() { return lanes_; }
  [[nodiscard]] std::size_t queued() const;
  [[nodiscard]] int life() const { return life_; }

  bool stopping = false;

 private:
  int life_;
  std::int64_t next_batch_ = 1;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace tradingd::sim
