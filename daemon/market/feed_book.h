#pragma once
// What a feed has accepted so far: its instruments, the last row of each and the tick that is being
// put together. It decides on each row that arrives. Pure: no I/O and no clock.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/engine/market.h"
#include "daemon/market/calendar.h"
#include "daemon/market/row.h"

namespace tradingd::market {

struct FeedRules {
  bool takes_new_symbols = true;
  std::int32_t instruments_max = 10'000;
  Ratio price_jump_max{};  // a price may be at most this many times the last close, or its inverse; 0: any
};

struct FeedCounters {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;  // equal to a row accepted before: ignored
  std::int64_t ticks = 0;
  std::array<std::int64_t, kRejectionCount> rejected{};  // by Rejection

  [[nodiscard]] std::int64_t rejected_total() const;
};

/// A whole tick, and the instruments that appear in it for the first time, in order of their ids.
struct ClosedTick {
  engine::Tick tick;
  std::vector<engine::Instrument> added;
};

struct Offer {
  enum class Status : std::uint8_t { accepted, duplicate, rejected };

  Status status = Status::accepted;
  std::optional<ClosedTick> closed;  // the tick before, which this row's later time has completed
  RejectedRow rejected;              // when rejected
};

/// One feed's book. Used by one thread at a time.
///
/// A tick that is the first under its calendar, or under what has become of it, carries the calendar's sessions.
///
/// Rows of the same time form one tick; a row with a later time closes it. Times only advance. A row of
/// a time that its symbol has already is ignored when it is equal, and quarantined when it differs; the
/// last closed tick counts, so that a sender can repeat what he doesn't know to have arrived.
class FeedBook {
 public:
  FeedBook(Calendar calendar, FeedRules rules);

  /// Takes over the instruments, last rows and time of a feed that was stored before. Only on a new book.
  void restore(const engine::Market& market);
  /// The counters of an earlier life.
  void restore(const FeedCounters& counters) { counters_ = counters; }

  /// An action to come; a row of its ex-date or later makes it effective, before the tick's rows. Error: the feed is
  /// past its ex-date, or has rows of what is to be the new symbol. One of a symbol that the feed doesn't know by then
  /// has no effect.
  [[nodiscard]] Result<bool> announce(engine::AnnouncedAction action);

  /// Decides on one row. A rejected or duplicate row changes nothing but a counter.
  [[nodiscard]] Offer offer(const RawRow& row);
  /// Counts a row that its reader refused before it could be offered.
  void count(const RejectedRow& rejected);
  /// Closes the tick under construction; nullopt if there is none.
  [[nodiscard]] std::optional<ClosedTick> flush();

  /// The calendar as it is now; from the next tick on.
  void set_calendar(Calendar calendar) { calendar_ = std::move(calendar); }
  void set_price_jump_max(Ratio ratio) { rules_.price_jump_max = ratio; }

  [[nodiscard]] const FeedCounters& counters() const { return counters_; }
  [[nodiscard]] const Calendar& calendar() const { return calendar_; }
  /// Of the last closed tick; kTimeMin before the first.
  [[nodiscard]] Time last_time() const { return last_time_; }
  /// Accepted rows of the tick that has not been closed yet.
  [[nodiscard]] std::size_t rows_under_construction() const { return building_ ? building_->tick.bars.size() : 0; }
  [[nodiscard]] std::size_t instrument_count() const { return last_.size(); }

 private:
  struct Last {
    Time time = kTimeMin;
    std::optional<engine::Bar> bar;
  };

  [[nodiscard]] const Last* find(std::string_view symbol) const;
  /// nullopt: fine so far. Otherwise the row is a duplicate or rejected.
  [[nodiscard]] std::optional<Offer::Status> check_time(const RawRow& row, const ValidRow& valid,
                                                        RejectedRow& rejected) const;
  [[nodiscard]] bool check_new_symbol(const RawRow& row, RejectedRow& rejected) const;
  /// "; did you mean AAPL?", or nothing.
  [[nodiscard]] std::string suggestion(const std::string& symbol) const;
  [[nodiscard]] bool check_jump(const RawRow& row, const ValidRow& valid, RejectedRow& rejected) const;
  void open_tick(const RowTime& when);
  /// Makes the announced actions effective that are due in the tick under construction.
  void take_due_actions();
  /// What the symbol's last close is worth after the splits that a row of that time makes effective.
  [[nodiscard]] Price close_before(const std::string& symbol, const Last& last, Time time) const;
  [[nodiscard]] bool is_announced(const std::string& symbol) const;
  InstrumentId add_instrument(engine::Instrument instrument);
  [[nodiscard]] std::shared_ptr<const engine::SessionTable> changed_sessions();
  void accept(const RawRow& row, const ValidRow& valid);

  Calendar calendar_;
  FeedRules rules_;
  FeedCounters counters_;
  std::unordered_map<std::string, InstrumentId> ids_;
  std::vector<Last> last_;  // by instrument
  std::optional<ClosedTick> building_;
  std::vector<engine::AnnouncedAction> announced_;  // not effective yet, in order of their ids
  std::vector<engine::Instrument> instruments_;     // as `last_`, for what a new symbol takes over
  std::optional<Date> last_session_;                // the last tick's
  std::optional<bool> market_said_;                 // what the rows of the tick under construction said of the market
  Time last_time_ = kTimeMin;
  std::optional<Digest> known_sessions_;  // what the ticks so far have said of the calendar
};

}  // namespace tradingd::market
