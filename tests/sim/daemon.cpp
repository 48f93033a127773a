#include "tests/sim/daemon.h"

#include <algorithm>
#include <utility>

namespace tradingd::sim {

namespace {

using engine::ApplyOutcome;
using engine::BatchKey;

const Error kFailed{"planted"};

/// A daemon's ledger: each call goes past the injector.
class InjectedLedger : public engine::LedgerStore {
 public:
  InjectedLedger(engine::LedgerStore& world, Injector& injector, Daemon& daemon)
      : world_(world), injector_(injector), daemon_(daemon) {}

  ApplyOutcome apply(const BatchKey& key, std::span<const engine::RunWrites> runs) override {
    return injector_.write(daemon_, Injector::Write::apply, key, runs, [&] { return world_.apply(key, runs); });
  }
  ApplyOutcome start_run(const BatchKey& key, const engine::NewRun& run, const engine::RunWrites& writes) override {
    return injector_.write(daemon_, Injector::Write::start, key, {&writes, 1},
                           [&] { return world_.start_run(key, run, writes); });
  }
  ApplyOutcome fail_run(const BatchKey& key, RunKey run, const std::string& reason) override {
    engine::RunWrites none;
    none.key = run;
    return injector_.write(daemon_, Injector::Write::fail, key, {&none, 1},
                           [&] { return world_.fail_run(key, run, reason); });
  }
  engine::BatchFate read_back(const BatchKey& key, int shard) override {
    return injector_.fails(daemon_, Operation::read_back) ? engine::BatchFate::unavailable
                                                          : world_.read_back(key, shard);
  }
  Result<RunId> allocate_run_id() override {
    if (injector_.fails(daemon_, Operation::allocate_run_id)) return kFailed;
    return world_.allocate_run_id();
  }
  Result<engine::LoadedRuns> load_runs(std::span<const int> shards) override {
    if (injector_.fails(daemon_, Operation::load_runs)) return kFailed;
    return world_.load_runs(shards);
  }
  Result<engine::LoadedRuns> load_run(RunKey run) override {
    if (injector_.fails(daemon_, Operation::load_run)) return kFailed;
    return world_.load_run(run);
  }
  Result<engine::Market> load_market(FeedId feed, Time time) override {
    if (injector_.fails(daemon_, Operation::load_market)) return kFailed;
    return world_.load_market(feed, time);
  }
  Result<std::vector<engine::Tick>> load_ticks(FeedId feed, Time after, int limit) override {
    if (injector_.fails(daemon_, Operation::load_ticks)) return kFailed;
    return world_.load_ticks(feed, after, limit);
  }
  Result<engine::StandingOrders> load_standing_orders(std::int64_t after) override {
    if (injector_.fails(daemon_, Operation::load_standing_orders)) return kFailed;
    return world_.load_standing_orders(after);
  }
  [[nodiscard]] bool unreadable() const override { return world_.unreadable(); }
  Result<std::optional<engine::StoredCommand>> find_command(UserId user, const std::string& request_id) override {
    if (injector_.fails(daemon_, Operation::find_command)) return kFailed;
    return world_.find_command(user, request_id);
  }

 private:
  engine::LedgerStore& world_;
  Injector& injector_;
  Daemon& daemon_;
};

}  // namespace

Daemon::Daemon(World& world, Injector& injector, int life, std::int64_t epoch, int pipelines) : life_(life) {
  for (int number = 0; number < pipelines; ++number) {
    std::vector<int> shards;
    for (int shard = number; shard < engine::kShardCount; shard += pipelines) {
      shards.push_back(shard);
    }
    auto lane = std::make_unique<Lane>();
    lane->world = world.open_ledger();
    lane->ledger = std::make_unique<InjectedLedger>(*lane->world, injector, *this);
    sequencer::PipelinePorts ports;
    ports.ledger = lane->ledger.get();
    ports.next_batch_number = [this] { return next_batch_++; };
    ports.wait = [this, &injector](std::chrono::milliseconds pause) { return injector.wait(*this, pause); };
    ports.log = [this, &injector](const std::string& line) { injector.log(*this, line); };
    lane->pipeline = std::make_unique<sequencer::Pipeline>(std::move(shards), epoch, std::move(ports));
    lanes_.push_back(std::move(lane));
  }
}

bool Daemon::recover() {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->pipeline->recover(); });
}

void Daemon::submit(UserId user, sequencer::Work work) {
  lanes_[static_cast<std::size_t>(engine::shard_of(user)) % lanes_.size()]->queue.push_back(std::move(work));
}

void Daemon::submit(const std::shared_ptr<const sequencer::FeedTick>& tick, const std::function<void(bool)>& done) {
  for (const auto& lane : lanes_) {
    lane->queue.emplace_back(sequencer::TickWork{tick, done});
  }
}

void Daemon::submit(const std::shared_ptr<const engine::StandingOrders>& standing,
                    const std::function<void(bool)>& done) {
  for (const auto& lane : lanes_) {
    lane->queue.emplace_back(sequencer::StandingWork{standing, done});
  }
}

bool Daemon::process(Lane& lane, std::size_t count) {
  std::vector<sequencer::Work> batch;
  for (; count > 0 && !lane.queue.empty(); --count) {
    batch.push_back(std::move(lane.queue.front()));
    lane.queue.pop_front();
  }
  return lane.pipeline->process(std::move(batch));
}

std::size_t Daemon::queued() const {
  std::size_t sum = 0;
  for (const auto& lane : lanes_) {
    sum += lane->queue.size();
  }
  return sum;
}

}  // namespace tradingd::sim
