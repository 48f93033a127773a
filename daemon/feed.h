#pragma once
// A feed as the feeds' thread knows it.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/feed_source.h"
#include "daemon/market/calendar_book.h"
#include "daemon/store/catalog.h"

namespace tradingd {

/// What a run that starts on a feed has to know of it.
struct FeedSummary {
  FeedId id;
  Time origin;        // before its first tick
  bool bars = false;  // its rows are bars; else they have one price
};

struct Feed {
  FeedId id;
  std::string name;
  store::FeedKind kind = store::FeedKind::push;
  nlohmann::json settings;
  store::FeedStatus status = store::FeedStatus::active;
  FeedSummary summary;
  market::FeedBook book;
  std::optional<FeedSource> source;   // of one that moves by itself
  std::optional<Error> source_error;  // why it ended before its end
  std::optional<Ratio> speed;         // times real time; nullopt: as fast as it goes
  // Where the pace is counted from: this tick was due then.
  std::optional<Time> pace_tick;
  std::chrono::steady_clock::time_point pace_start;
  std::vector<market::ClosedTick> read_ahead;  // read and not yet due
  std::shared_ptr<std::atomic<std::int64_t>> under_way = std::make_shared<std::atomic<std::int64_t>>(0);

  explicit Feed(market::FeedBook feed_book) : book(std::move(feed_book)) {}

  /// Whether it delivers by itself now.
  [[nodiscard]] bool moves() const { return kind != store::FeedKind::push && status == store::FeedStatus::active; }
  /// Whether nothing is left of it and every run has taken what there was.
  [[nodiscard]] bool has_ended() const { return moves() && !source && read_ahead.empty() && *under_way == 0; }
  /// When the next tick may go out, of a feed with a pace.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> due() const;
  /// Counts the pace from `tick`, which is due now.
  void set_pace(Time tick);

  /// What its counters say that is in the ledger: rows of the tick that is not complete yet come again after a
  /// restart, and don't count before.
  [[nodiscard]] store::FeedTotals totals() const;
};

[[nodiscard]] FeedSummary summary_of(const store::StoredFeed& stored);

/// What is needed to bring a feed back from the ledger, or to define a new one.
struct FeedEnvironment {
  engine::LedgerStore* ledger = nullptr;  // for the last rows of each feed
  std::string directory;                  // CSV files are opened beneath it
  Ratio price_jump_max{};
  std::shared_ptr<const market::CalendarBook> calendars;
};

/// The calendar of a feed's settings, with a table of its sessions.
[[nodiscard]] Result<market::Calendar> find_calendar(const market::CalendarBook& calendars,
                                                     const nlohmann::json& settings);

/// The feed as the ledger has it, without its source. An error is the database's or an unknown calendar.
[[nodiscard]] Result<std::unique_ptr<Feed>> load_feed(const store::StoredFeed& stored,
                                                      const FeedEnvironment& environment);
/// The source of a feed that moves by itself, after the last tick that the ledger has.
[[nodiscard]] Result<FeedSource> open_source(const Feed& feed, const FeedEnvironment& environment);

struct FeedDefinition {
  store::NewFeed feed;
  std::string understood;  // of a CSV file
};

/// A new feed from the arguments of feed.add; an error says what is wrong with them.
[[nodiscard]] Result<FeedDefinition> define_feed(const nlohmann::json& arguments, const FeedEnvironment& environment);

}  // namespace tradingd
