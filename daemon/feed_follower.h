#pragma once
// The feeds as a daemon sees them that does not move them: another one, which has the shard of the feeds, stores
// their ticks, and this one hands to its runs what it finds in the ledger.

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "daemon/feed.h"
#include "daemon/sequencer/sequencer.h"
#include "daemon/store/catalog.h"

namespace tradingd {

class FeedFollower {
 public:
  /// `environment`'s ledger is used by its thread only; the sequencer outlives it.
  FeedFollower(store::ConnectionOptions connection, FeedEnvironment environment, sequencer::Sequencer& sequencer);
  /// Stops.
  ~FeedFollower();
  FeedFollower(const FeedFollower&) = delete;
  FeedFollower& operator=(const FeedFollower&) = delete;

  /// Notes where the feeds stand. Before the sequencer starts: what is stored until then, its recovery takes up.
  [[nodiscard]] Result<bool> load();
  /// After the sequencer's start.
  void start();
  /// Lets it end. Any thread.
  void interrupt();
  /// Ends after what is under way.
  void stop();
  /// Ends when everything has been handed on that is stored; to be called when nobody stores ticks any more. False
  /// when `stop` came before.
  [[nodiscard]] bool finish();

  /// Any thread.
  [[nodiscard]] std::optional<FeedSummary> find(const std::string& name) const;

 private:
  struct Position {
    Time last_tick = kTimeMin;
    std::int64_t instruments = 0;
  };

  void run();
  /// Whether all that was stored is handed on; false: the database could not be reached.
  [[nodiscard]] bool look();
  [[nodiscard]] bool hand_on(FeedId feed, Position& position, const store::FeedPosition& stored);
  [[nodiscard]] bool learn_feeds();
  void submit(FeedId feed, std::vector<engine::Tick> ticks, std::vector<engine::Instrument> added);

  store::Catalog catalog_;
  FeedEnvironment environment_;
  sequencer::Sequencer& sequencer_;
  std::map<FeedId, Position> positions_;  // the thread's own

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, FeedSummary> summaries_;
  bool stopping_ = false;
  bool finishing_ = false;
  bool finished_ = false;
  std::thread thread_;
};

}  // namespace tradingd
