#include "daemon/feed_follower.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <latch>
#include <utility>

namespace tradingd {

namespace {

/// How often the ledger is asked for new ticks.
constexpr std::chrono::milliseconds kPause{50};
constexpr std::chrono::milliseconds kTroublePause{1000};
/// Ticks handed on before the next ones are read.
constexpr int kChunkTicks = 512;

}  // namespace

FeedFollower::FeedFollower(store::ConnectionOptions connection, FeedEnvironment environment,
                           sequencer::Sequencer& sequencer)
    : catalog_(std::move(connection)), environment_(std::move(environment)), sequencer_(sequencer) {}

FeedFollower::~FeedFollower() { stop(); }

Result<bool> FeedFollower::load() {
  const auto stored = catalog_.feed_positions();
  if (!stored) {
    return Error{stored.error().message};
  }
  for (const store::FeedPosition& feed : *stored) {
    positions_[feed.id] = {feed.last_tick.value_or(kTimeMin), feed.instruments};
  }
  if (!learn_feeds()) {
    return Error{"the database can't be reached"};
  }
  return true;
}

void FeedFollower::start() {
  thread_ = std::thread([this] { run(); });
}

void FeedFollower::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void FeedFollower::stop() {
  interrupt();
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool FeedFollower::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
  return finished_;
}

std::optional<FeedSummary> FeedFollower::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = summaries_.find(name);
  return found == summaries_.end() ? std::nullopt : std::optional(found->second);
}

// --- The thread

void FeedFollower::run() {
  pthread_setname_np(pthread_self(), "feeds");
  for (bool told = false;;) {
    bool finishing = false;
    {
      const std::lock_guard lock(mutex_);
      finishing = finishing_;
    }
    const bool all = look();
    if (finishing && all) {
      finished_ = true;
      return;
    }
    if (!all && !told) {
      spdlog::warn("waiting for the database, to follow the feeds");
    }
    told = !all;
    std::unique_lock lock(mutex_);
    const auto woken = [this, finishing] { return stopping_ || finishing_ != finishing; };
    changed_.wait_for(lock, all ? kPause : kTroublePause, woken);
    if (stopping_) {
      return;
    }
  }
}

bool FeedFollower::look() {
  const auto stored = catalog_.feed_positions();
  if (!stored) {
    return false;
  }
  for (const store::FeedPosition& feed : *stored) {
    const auto [known, is_new] = positions_.try_emplace(feed.id);
    if (is_new && !learn_feeds()) {
      positions_.erase(known);
      return false;
    }
    if (!hand_on(feed.id, known->second, feed)) {
      return false;
    }
  }
  return true;
}

bool FeedFollower::learn_feeds() {
  const auto stored = catalog_.load_feeds();
  if (!stored) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  for (const store::StoredFeed& feed : *stored) {
    summaries_[feed.name] = summary_of(feed);
  }
  return true;
}

bool FeedFollower::hand_on(FeedId feed, Position& position, const store::FeedPosition& stored) {
  while (stored.last_tick && position.last_tick < *stored.last_tick) {
    Result<std::vector<engine::Tick>> ticks = environment_.ledger->load_ticks(feed, position.last_tick, kChunkTicks);
    if (!ticks || ticks->empty()) {
      return false;
    }
    std::vector<engine::Instrument> added;
    if (stored.instruments > position.instruments) {
      const Result<engine::Market> market = environment_.ledger->load_market(feed, kTimeMin);
      if (!market) {
        return false;
      }
      const auto& all = market->instruments();
      added.assign(all.begin() + position.instruments, all.end());
    }
    position.last_tick = ticks->back().time;
    position.instruments += static_cast<std::int64_t>(added.size());
    submit(feed, std::move(ticks).value(), std::move(added));
  }
  return true;
}

void FeedFollower::submit(FeedId feed, std::vector<engine::Tick> ticks, std::vector<engine::Instrument> added) {
  // What a run can't commit because the daemon stops, it takes up after the next start.
  const auto left = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(ticks.size()));
  for (engine::Tick& one : ticks) {
    auto tick = std::make_shared<sequencer::FeedTick>();
    tick->feed = feed;
    tick->new_instruments = std::exchange(added, {});
    tick->tick = std::move(one);
    sequencer_.submit(std::move(tick), [left](bool) { left->count_down(); });
  }
  left->wait();
}

}  // namespace tradingd
