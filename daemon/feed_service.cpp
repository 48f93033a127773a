#include "daemon/feed_service.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "daemon/base/failpoint.h"
#include "daemon/base/log_fields.h"
#include "daemon/run_commands.h"

namespace tradingd {

namespace {

using protocol::ErrorCode;
using store::FeedStatus;

/// Ticks stored in one transaction.
constexpr std::size_t kChunkTicks = 512;
/// Steps of runs that a feed may have under way: enough for full batches, few enough that a command that
/// arrives behind them is answered soon.
constexpr std::int64_t kStepsUnderWay = 16'384;
/// Between two attempts to reach the database.
constexpr std::chrono::milliseconds kPauseMax{2000};
constexpr std::int64_t kTicksUnderWayMin = 2;
constexpr std::int64_t kTicksUnderWayMax = 2 * static_cast<std::int64_t>(kChunkTicks);

void log_rejected(const std::string& feed, const std::vector<market::RejectedRow>& rejected) {
  constexpr std::size_t kLinesMax = 10;
  const LogScope scope{{"FEED", feed}};
  for (std::size_t i = 0; i < std::min(rejected.size(), kLinesMax); ++i) {
    const market::RejectedRow& row = rejected[i];
    spdlog::warn("feed {}: line {}, {}: {}", feed, row.line, row.column, row.reason);
  }
  if (rejected.size() > kLinesMax) {
    spdlog::warn("feed {}: {} more rows were rejected; the feed's counters say why", feed, rejected.size() - kLinesMax);
  }
}

}  // namespace

FeedService::FeedService(FeedServiceOptions options) : options_(std::move(options)), catalog_(options_.connection) {
  catalog_.set_epoch(options_.epoch);
}

FeedService::~FeedService() { stop(); }

// --- From other threads

std::optional<FeedSummary> FeedService::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = summaries_.find(name);
  return found == summaries_.end() ? std::nullopt : std::optional(found->second);
}

void FeedService::set_price_jump_max(Ratio ratio) {
  const std::lock_guard lock(mutex_);
  new_price_jump_max_ = ratio;
}

void FeedService::set_calendars(std::shared_ptr<const market::CalendarBook> calendars) {
  const std::lock_guard lock(mutex_);
  new_calendars_ = std::move(calendars);
}

void FeedService::submit(admin::Request request, admin::ReplyFunction reply) {
  constexpr std::size_t kCallsMax = 256;
  std::unique_lock lock(mutex_);
  if (stopping_ || calls_.size() >= kCallsMax) {
    const bool busy = !stopping_;
    lock.unlock();
    reply(busy ? failure(ErrorCode::busy, "too many feed commands are waiting; try again in a moment")
               : failure(ErrorCode::unavailable, "the daemon is stopping"));
    return;
  }
  calls_.push_back({std::move(request), std::move(reply)});
  lock.unlock();
  changed_.notify_all();
}

void FeedService::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

// --- Start

Result<bool> FeedService::start() {
  const auto stored = catalog_.load_feeds();
  if (!stored) {
    return Error{stored.error().message};
  }
  for (const store::StoredFeed& one : *stored) {
    Result<std::unique_ptr<Feed>> feed = load(one);
    if (!feed) {
      return feed.error();
    }
    insert(std::move(feed).value());
  }
  thread_ = std::thread([this] { run(); });
  return true;
}
Result<std::unique_ptr<Feed>> FeedService::load(const store::StoredFeed& stored) {
  Result<std::unique_ptr<Feed>> feed = load_feed(stored, options_.environment);
  if (feed && (*feed)->moves()) {
    Result<FeedSource> source = open_source(**feed, options_.environment);
    if (!source) {
      finish(**feed, FeedStatus::error, source.error().message);
    } else {
      (*feed)->source = std::move(source).value();
    }
  }
  return feed;
}

void FeedService::insert(std::unique_ptr<Feed> feed) {
  const std::string name = feed->name;
  {
    const std::lock_guard lock(mutex_);
    summaries_[name] = feed->summary;
  }
  moving_ += feed->moves() ? 1 : 0;
  feeds_[name] = std::move(feed);
}

Feed* FeedService::find_feed(const std::string& name) {
  const auto found = feeds_.find(name);
  return found == feeds_.end() ? nullptr : found->second.get();
}

// --- The thread

void FeedService::run() {
  pthread_setname_np(pthread_self(), "feeds");
  while (wait_for_work()) {
    std::deque<Call> calls;
    {
      const std::lock_guard lock(mutex_);
      calls = std::exchange(calls_, {});
    }
    take_settings();
    for (Call& call : calls) {
      carry_out(call);
    }
    for (const auto& [name, feed] : feeds_) {
      if (may_read(*feed)) {
        move_on(*feed);
      }
      if (feed->has_ended()) {
        end(*feed);
      }
    }
  }
  for (Call& call : calls_) {
    call.reply(failure(ErrorCode::unavailable, "the daemon is stopping"));
  }
}

void FeedService::take_settings() {
  std::optional<Ratio> price_jump_max;
  std::shared_ptr<const market::CalendarBook> calendars;
  {
    const std::lock_guard lock(mutex_);
    price_jump_max = std::exchange(new_price_jump_max_, std::nullopt);
    calendars = std::exchange(new_calendars_, nullptr);
  }
  FeedEnvironment& environment = options_.environment;
  environment.price_jump_max = price_jump_max.value_or(environment.price_jump_max);
  environment.calendars = calendars == nullptr ? environment.calendars : calendars;
  for (const auto& [name, feed] : feeds_) {
    feed->book.set_price_jump_max(environment.price_jump_max);
    if (calendars != nullptr) {
      if (Result<market::Calendar> calendar = find_calendar(*calendars, feed->settings)) {
        feed->book.set_calendar(std::move(calendar).value());
      } else {
        spdlog::error("feed {} goes on by its calendar as it was: {}", name, calendar.error().message);
      }
    }
  }
}

bool FeedService::wait_for_work() {
  std::optional<std::chrono::steady_clock::time_point> next_due;
  bool can_read = false;
  for (const auto& [name, feed] : feeds_) {
    can_read = can_read || may_read(*feed);
    if (const auto due = feed->moves() ? feed->due() : std::nullopt; due && (!next_due || *due < *next_due)) {
      next_due = due;
    }
  }
  std::unique_lock lock(mutex_);
  const auto woken = [this] {
    return stopping_ || !calls_.empty() || ticks_done_ || new_price_jump_max_.has_value() || new_calendars_ != nullptr;
  };
  if (!can_read) {
    if (next_due) {
      changed_.wait_until(lock, *next_due, woken);
    } else {
      changed_.wait(lock, woken);
    }
  }
  ticks_done_ = false;
  return !stopping_;
}

bool FeedService::may_read(const Feed& feed) const {
  if (!feed.moves() || (!feed.source && feed.read_ahead.empty())) {
    return false;
  }
  const auto due = feed.due();
  return has_room(feed) && (!due || *due <= std::chrono::steady_clock::now());
}

bool FeedService::has_room(const Feed& feed) const {
  const std::int64_t runs = std::max<std::int64_t>(1, options_.sequencer->stats().runs);
  return *feed.under_way < std::clamp(kStepsUnderWay / runs, kTicksUnderWayMin, kTicksUnderWayMax);
}

void FeedService::move_on(Feed& feed) {
  FAILPOINT("tick.timer_fired");
  std::vector<market::ClosedTick> ticks = std::exchange(feed.read_ahead, {});
  if (ticks.empty()) {
    FeedSource::Chunk chunk = feed.source->read(feed.book, feed.speed ? 1 : kChunkTicks);
    log_rejected(feed.name, chunk.rejected);
    if (chunk.end) {
      feed.source.reset();
      feed.source_error = chunk.error;
    }
    ticks = std::move(chunk.ticks);
    if (feed.speed && !ticks.empty()) {
      if (!feed.pace_tick) {
        feed.set_pace(ticks.front().tick.time);
      }
      feed.read_ahead = std::move(ticks);
      if (*feed.due() > std::chrono::steady_clock::now()) {
        return;
      }
      ticks = std::exchange(feed.read_ahead, {});
    }
  }
  if (!deliver(feed, std::move(ticks), [](bool) {})) {
    return;  // what can't be stored is read again by the next daemon
  }
}

void FeedService::end(Feed& feed) {
  const FeedStatus status = feed.source_error ? FeedStatus::error : FeedStatus::finished;
  const std::string message = feed.source_error ? feed.source_error->message : "all of its rows have been delivered";
  for (std::chrono::milliseconds pause{50}; !record_end(feed, status, message);
       pause = std::min(pause * 2, kPauseMax)) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause, [this] { return stopping_; })) {
      return;  // it is found out again at the next start: a feed that has ended is read to its end, and ends
    }
  }
  conclude(feed, status, message);
}

void FeedService::finish(Feed& feed, FeedStatus status, const std::string& message) {
  conclude(feed, status, message);
  static_cast<void>(record_end(feed, status, message));  // as above: the next start finds it out
}

void FeedService::conclude(Feed& feed, FeedStatus status, const std::string& message) {
  const LogScope scope{{"FEED", feed.name}};
  moving_ -= feed.moves() && feeds_.contains(feed.name) ? 1 : 0;
  feed.status = status;
  feed.source.reset();
  if (status == FeedStatus::error) {
    spdlog::error("feed {}: {}", feed.name, message);
  } else {
    spdlog::info("feed {}: {}", feed.name, message);
  }
}

bool FeedService::record_end(const Feed& feed, FeedStatus status, const std::string& message) {
  const auto stored = catalog_.set_feed_status(feed.id, status, message);
  if (stored) {
    return true;
  }
  if (stored.error().kind == store::StoreErrorKind::fenced) {
    options_.fenced();
  }
  const LogScope scope{{"FEED", feed.name}};
  spdlog::error("feed {}: its status can't be stored: {}", feed.name, stored.error().message);
  return stored.error().kind != store::StoreErrorKind::unavailable;
}

bool FeedService::deliver(Feed& feed, std::vector<market::ClosedTick> ticks,
                          const std::function<void(bool)>& all_done) {
  if (!store(feed, ticks)) {
    return false;
  }
  FAILPOINT("feed.stored");
  if (ticks.empty()) {
    // What a repetition repeats may still be under way.
    options_.sequencer->after_queued(all_done);
    return true;
  }
  *feed.under_way += static_cast<std::int64_t>(ticks.size());
  const auto left = std::make_shared<std::atomic<std::size_t>>(ticks.size());
  const auto all_committed = std::make_shared<std::atomic<bool>>(true);
  const auto stored_at = std::chrono::steady_clock::now();
  for (market::ClosedTick& closed : ticks) {
    auto tick = std::make_shared<sequencer::FeedTick>();
    tick->feed = feed.id;
    tick->new_instruments = std::move(closed.added);
    tick->tick = std::move(closed.tick);
    options_.sequencer->submit(
        std::move(tick), [this, stored_at, under_way = feed.under_way, left, all_committed, all_done](bool committed) {
          --*under_way;
          if (committed) {
            options_.ticks->observe(
                std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - stored_at)
                    .count());
          }
          if (!committed) {
            *all_committed = false;
          }
          if (left->fetch_sub(1) == 1) {
            all_done(*all_committed);
          }
          {
            const std::lock_guard lock(mutex_);
            ticks_done_ = true;
          }
          changed_.notify_all();
        });
  }
  return true;
}

bool FeedService::store(Feed& feed, const std::vector<market::ClosedTick>& closed) {
  std::vector<engine::Instrument> added;
  std::vector<engine::Tick> ticks;
  for (const market::ClosedTick& one : closed) {
    added.insert(added.end(), one.added.begin(), one.added.end());
    ticks.push_back(one.tick);
  }
  const store::FeedTotals totals = feed.totals();
  std::chrono::milliseconds pause{50};
  for (bool told = false;; told = true) {
    const auto stored = catalog_.store_ticks(feed.id, added, ticks, totals);
    if (stored) {
      return true;
    }
    if (stored.error().kind == store::StoreErrorKind::fenced) {
      options_.fenced();
      return false;
    }
    if (stored.error().kind != store::StoreErrorKind::unavailable) {
      finish(feed, FeedStatus::error, "its ticks can't be stored: " + stored.error().message);
      return false;
    }
    if (!told) {
      const LogScope scope{{"FEED", feed.name}};
      spdlog::warn("feed {}: waiting for the database: {}", feed.name, stored.error().message);
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause, [this] { return stopping_; })) {
      return false;
    }
    pause = std::min(pause * 2, kPauseMax);
  }
}

}  // namespace tradingd
