#pragma once
// A made-up market: seeded random walks through calm and wild times. Integers only, so that it is the
// same on every machine.

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/market/calendar.h"
#include "daemon/market/row.h"

namespace tradingd::market {

inline constexpr int kSyntheticSymbolsMax = 1000;

struct SyntheticSettings {
  std::uint64_t seed = 1;
  int symbols = 1;              // S01, S02 …
  Date start{10957};            // 2000-01-01; the first session on or after it has the first tick
  std::int64_t interval_s = 0;  // 0: one bar a session, at its close; else a bar every so often within it
  std::int64_t ticks = 0;       // then it ends; 0: never
};

/// Generates the feed's ticks, one after another. Used by one thread at a time.
///
/// Tick k is a function of the settings, the calendar and k. Each draw is keyed (seed, symbol, k), so
/// no generator's state is kept; the walk itself is a sum, so going on after an earlier life means
/// walking again from the start (`skip_until`): well under a second for a million rows.
class SyntheticFeed {
 public:
  /// Fails for settings out of range.
  [[nodiscard]] static Result<SyntheticFeed> create(const SyntheticSettings& settings, Calendar calendar);

  /// Walks over all ticks up to and with this time.
  void skip_until(Time time);
  /// Replaces `rows` by those of the next tick: a bar of each symbol. False at the end.
  [[nodiscard]] bool next(std::vector<RawRow>& rows);

 private:
  struct Walk {
    Price open;
    Price high;
    Price low;
    Price close;
    std::int64_t volume = 0;
  };

  SyntheticFeed(const SyntheticSettings& settings, Calendar calendar);

  /// Moves to the next tick's time; false at the end.
  [[nodiscard]] bool advance_time();
  void advance_walks();
  [[nodiscard]] bool advance();

  SyntheticSettings settings_;
  Calendar calendar_;
  std::int64_t ticks_per_session_ = 1;
  std::optional<Date> session_;
  std::optional<SessionTimes> session_times_;
  Time time_ = kTimeMin;
  std::int64_t tick_ = -1;
  std::vector<Walk> walks_;
  bool pending_ = false;  // the tick stood at has not been handed out
};

}  // namespace tradingd::market
