#pragma once
// The feeds: rows in, ticks stored, and only then handed to the sequencer. One thread does all of it.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/admin/backend.h"
#include "daemon/feed.h"
#include "daemon/histogram.h"
#include "daemon/sequencer/sequencer.h"
#include "daemon/store/catalog.h"

namespace tradingd {

struct FeedServiceOptions {
  store::ConnectionOptions connection;
  FeedEnvironment environment;  // its ledger is used by the feeds' thread only
  sequencer::Sequencer* sequencer = nullptr;
  std::int64_t epoch = 0;        // of the lease: without it no tick is stored
  Histogram* ticks = nullptr;    // hears how long each tick took from its storing to its commit by the last run
  std::function<void()> fenced;  // another daemon has taken the ledger over; from the feeds' thread
};

class FeedService {
 public:
  explicit FeedService(FeedServiceOptions options);
  /// Stops.
  ~FeedService();
  FeedService(const FeedService&) = delete;
  FeedService& operator=(const FeedService&) = delete;

  /// Loads the feeds and lets those that were moving move on. Blocks; an error is the database's.
  [[nodiscard]] Result<bool> start();
  /// Ends after what is being stored; waiting calls are answered UNAVAILABLE.
  void stop();

  /// Any thread.
  [[nodiscard]] std::optional<FeedSummary> find(const std::string& name) const;
  [[nodiscard]] std::size_t moving() const { return moving_; }
  void set_price_jump_max(Ratio ratio);
  /// From their next tick on the feeds go by these. The calendars of their settings must be among them.
  void set_calendars(std::shared_ptr<const market::CalendarBook> calendars);

  /// Carries out feed.add, feed.push, feed.pause or feed.resume. Any thread; `reply` is called once, later:
  /// for a push when every run has committed its ticks.
  void submit(admin::Request request, admin::ReplyFunction reply);

 private:
  struct Call {
    admin::Request request;
    admin::ReplyFunction reply;
  };

  void run();
  void take_settings();
  [[nodiscard]] bool wait_for_work();
  void carry_out(Call& call);
  void add(Call& call);
  void push(Call& call);
  void announce(Call& call);
  void set_moving(Call& call, bool moving);
  /// Takes a feed from the ledger again, as a restart would. `feed` is gone afterwards.
  [[nodiscard]] Result<bool> rebuild(Feed& feed);

  [[nodiscard]] Result<std::unique_ptr<Feed>> load(const store::StoredFeed& stored);
  void insert(std::unique_ptr<Feed> feed);
  Feed* find_feed(const std::string& name);

  void move_on(Feed& feed);
  [[nodiscard]] bool may_read(const Feed& feed) const;
  /// Whether fewer ticks are under way than the runs can take in good time.
  [[nodiscard]] bool has_room(const Feed& feed) const;
  /// Of one that has ended. Waits for the database, or for the stop.
  void end(Feed& feed);
  void finish(Feed& feed, store::FeedStatus status, const std::string& message);
  void conclude(Feed& feed, store::FeedStatus status, const std::string& message);
  /// False: the database can't be reached.
  [[nodiscard]] bool record_end(const Feed& feed, store::FeedStatus status, const std::string& message);
  /// Stores the ticks and hands them on. False when they couldn't be stored, or not before the stop.
  [[nodiscard]] bool deliver(Feed& feed, std::vector<market::ClosedTick> ticks,
                             const std::function<void(bool)>& all_done);
  [[nodiscard]] bool store(Feed& feed, const std::vector<market::ClosedTick>& ticks);

  FeedServiceOptions options_;
  store::Catalog catalog_;
  std::map<std::string, std::unique_ptr<Feed>> feeds_;  // the thread's own
  std::atomic<std::size_t> moving_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Call> calls_;
  std::map<std::string, FeedSummary> summaries_;
  std::optional<Ratio> new_price_jump_max_;
  std::shared_ptr<const market::CalendarBook> new_calendars_;
  bool stopping_ = false;
  bool ticks_done_ = false;  // since the thread last looked
  std::thread thread_;
};

}  // namespace tradingd
