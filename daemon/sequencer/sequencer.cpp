#include "daemon/sequencer/sequencer.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/base/failpoint.h"

namespace tradingd::sequencer {

namespace {

void refuse(const CommandCallback& reply, FailureKind kind, std::string message) {
  CommandReply refusal;
  refusal.failure = kind;
  refusal.message = std::move(message);
  reply(std::move(refusal));
}

}  // namespace

/// A pipeline with its ledger, thread and queue.
struct Sequencer::Lane {
  std::unique_ptr<engine::LedgerStore> ledger;
  std::unique_ptr<Pipeline> pipeline;
  std::thread thread;

  mutable std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Work> queue;
  std::size_t commands = 0;  // in the queue
  bool closed = false;       // nothing more is taken
};

Sequencer::Sequencer(SequencerOptions options) : options_(std::move(options)) {}

Sequencer::~Sequencer() { stop(); }

std::unique_ptr<Sequencer::Lane> Sequencer::make_lane(std::vector<int> shards, std::int64_t epoch) {
  auto lane = std::make_unique<Lane>();
  lane->ledger = options_.open_ledger();
  PipelinePorts ports;
  ports.ledger = lane->ledger.get();
  ports.next_batch_number = [this] { return next_batch_.fetch_add(1); };
  ports.wait = [this](std::chrono::milliseconds pause) { return wait(pause); };
  ports.log = options_.log;
  lane->pipeline = std::make_unique<Pipeline>(std::move(shards), epoch, std::move(ports));
  return lane;
}

bool Sequencer::start() { return adopt(options_.shards, options_.epoch); }

bool Sequencer::adopt(const std::vector<int>& shards, std::int64_t epoch) {
  std::vector<std::vector<int>> shares(std::min(static_cast<std::size_t>(options_.pipelines), shards.size()));
  for (std::size_t i = 0; i < shards.size(); ++i) {
    shares[i % shares.size()].push_back(shards[i]);
  }
  {
    const std::lock_guard lock(stop_mutex_);
    recovering_ = shares.size();
  }
  for (const std::vector<int>& share : shares) {
    std::unique_ptr<Lane> made = make_lane(share, epoch);
    Lane& lane = *made;
    {
      const std::lock_guard lock(lanes_mutex_);
      lanes_.push_back(std::move(made));
      for (const int shard : share) {
        by_shard_.at(static_cast<std::size_t>(shard)) = &lane;
      }
    }
    // What is submitted from here on waits in its queue; what was before, the ledger has, and recovery finds it.
    lane.thread = std::thread([this, &lane] { run(lane); });
  }
  std::unique_lock lock(stop_mutex_);
  stop_changed_.wait(lock, [this] { return recovering_ == 0 || recovery_failed_; });
  return !recovery_failed_;
}

void Sequencer::run(Lane& lane) {
  pthread_setname_np(pthread_self(), "pipeline");  // else it would bear its maker's
  const bool serving = lane.pipeline->recover();
  {
    const std::lock_guard lock(stop_mutex_);
    recovering_ -= serving ? 1 : 0;
    recovery_failed_ = recovery_failed_ || !serving;
  }
  stop_changed_.notify_all();
  std::vector<Work> batch;
  for (bool writing = serving; serving;) {
    {
      std::unique_lock lock(lane.mutex);
      lane.arrived.wait(lock, [&] { return !lane.queue.empty() || lane.closed; });
      if (lane.queue.empty()) {
        return;
      }
      batch = std::exchange(lane.queue, {});
      lane.commands = 0;
    }
    // Once fenced, the pipeline answers everything that it can't write.
    if (!lane.pipeline->process(std::move(batch)) && std::exchange(writing, false)) {
      options_.fenced();
    }
  }
}

bool Sequencer::wait(std::chrono::milliseconds pause) {
  std::unique_lock lock(stop_mutex_);
  return !stop_changed_.wait_for(lock, pause, [this] { return stopping_; });
}

void Sequencer::interrupt() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
}

void Sequencer::stop() {
  interrupt();
  const std::vector<Lane*> all = lanes();
  for (Lane* lane : all) {
    {
      const std::lock_guard lock(lane->mutex);
      lane->closed = true;
    }
    lane->arrived.notify_all();
  }
  for (Lane* lane : all) {
    if (lane->thread.joinable()) {
      lane->thread.join();
    }
  }
}

Sequencer::Lane* Sequencer::lane_of(UserId user) const {
  const std::lock_guard lock(lanes_mutex_);
  return by_shard_.at(static_cast<std::size_t>(engine::shard_of(user)));
}

std::vector<Sequencer::Lane*> Sequencer::lanes() const {
  const std::lock_guard lock(lanes_mutex_);
  std::vector<Lane*> all;
  all.reserve(lanes_.size());
  std::transform(lanes_.begin(), lanes_.end(), std::back_inserter(all), [](const auto& lane) { return lane.get(); });
  return all;
}

template <typename Command>
void Sequencer::enqueue(Command command) {
  Lane* const found = lane_of(command.header.user);
  if (found == nullptr) {
    const int shard = engine::shard_of(command.header.user);
    refuse(command.reply, FailureKind::unavailable,
           "this user is served by another daemon: " + options_.holder_of(shard) + "; ask that one");
    return;
  }
  Lane& lane = *found;
  CommandCallback refused;
  bool closed = false;
  {
    const std::lock_guard lock(lane.mutex);
    closed = lane.closed;
    if (closed || lane.commands >= options_.queue_limit) {
      refused = std::move(command.reply);
    } else {
      ++lane.commands;
      lane.queue.emplace_back(std::move(command));
    }
  }
  if (!refused) {
    lane.arrived.notify_one();
  } else if (closed) {
    refuse(refused, FailureKind::unavailable, "the daemon is stopping");
  } else {
    refuse(refused, FailureKind::busy, "too many commands are waiting; try again in a moment");
  }
}

void Sequencer::submit(RunCommand command) { enqueue(std::move(command)); }
void Sequencer::submit(StartCommand command) { enqueue(std::move(command)); }

void Sequencer::submit(std::shared_ptr<const FeedTick> tick, std::function<void(bool)> done) {
  to_all<TickWork>(std::move(tick), std::move(done));
}

void Sequencer::submit(std::shared_ptr<const engine::StandingOrders> standing, std::function<void(bool)> done) {
  to_all<StandingWork>(std::move(standing), std::move(done));
}

template <typename WorkType, typename Subject>
void Sequencer::to_all(std::shared_ptr<const Subject> subject, std::function<void(bool)> done) {
  const std::vector<Lane*> all = lanes();
  const auto left = std::make_shared<std::atomic<std::size_t>>(all.size());
  const auto all_committed = std::make_shared<std::atomic<bool>>(true);
  const std::function<void(bool)> one_done = [left, all_committed, done = std::move(done)](bool committed) {
    if (!committed) {
      *all_committed = false;
    }
    if (left->fetch_sub(1) == 1) {
      done(*all_committed);
    }
  };
  for (Lane* lane : all) {
    bool closed = false;
    {
      const std::lock_guard lock(lane->mutex);
      closed = lane->closed;
      if (!closed) {
        lane->queue.emplace_back(WorkType{subject, one_done});
      }
    }
    if (closed) {
      one_done(false);
    } else {
      lane->arrived.notify_one();
    }
  }
}

SequencerStats Sequencer::stats() const {
  SequencerStats sum;
  for (const Lane* lane : lanes()) {
    const PipelineStats& stats = lane->pipeline->stats();
    sum.runs += stats.runs;
    sum.steps += stats.steps;
    sum.batches += stats.batches;
    sum.failed_runs += stats.failed_runs;
    sum.unknown_committed += stats.unknown_committed;
    sum.unknown_absent += stats.unknown_absent;
    sum.ledger_available = sum.ledger_available && stats.ledger_available;
    const std::lock_guard lock(lane->mutex);
    sum.queued += lane->queue.size();
  }
  return sum;
}

}  // namespace tradingd::sequencer
