#pragma once
// A row of a feed as text, and what it means. Pure: the calendar is the only thing that it looks up.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/decimal.h"
#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/market/calendar.h"

namespace tradingd::market {

/// A row as it came; an empty text is an absent one. Either `price`, or open, high, low and close, or
/// `close` alone, which is a price.
struct RawRow {
  std::int64_t line = 0;  // in its file, from 1; or its place in a pushed batch
  std::string time;
  std::string symbol;
  std::string open;
  std::string high;
  std::string low;
  std::string close;
  std::string volume;
  std::string price;
  std::string market;  // "open", "closed", or empty: the calendar says
};

/// Why a row is refused. The texts (to_text) are the names of the feed's counters.
enum class Rejection : std::uint8_t {
  malformed,           // a field is missing or can't be read
  unknown_symbol,      // the feed takes no new symbols
  time_not_advancing,  // not after the feed's last tick
  quarantined,         // differs from the accepted row of the same time and symbol
  invalid_price,       // not positive, beyond the range or the decimals
  inconsistent_bar,    // high < low, or open or close outside
  invalid_volume,      // negative or beyond the range
  price_jump,          // beyond the collar
};
inline constexpr std::size_t kRejectionCount = 8;
/// "malformed" …
[[nodiscard]] std::string_view to_text(Rejection rejection);

/// A refused row: where, which column, and why, in a sentence with the remedy.
struct RejectedRow {
  std::int64_t line = 0;
  std::string column;  // a member of RawRow, or a file's own name; empty: the whole row
  Rejection rejection = Rejection::malformed;
  std::string reason;
};

/// The largest volume of a row, just under what a Quantity holds; indices trade several billion a day.
inline constexpr Quantity kVolumeMax{92'000'000'000LL * kScale};

struct RowTime {
  Time time;
  std::optional<bool> open;  // set to true for a date alone on a day without a session
};

/// Reads a row's time: "2000-01-03T15:30:00Z", with an offset, or without one (exchange time; seconds may
/// be left out), epoch seconds of nine or ten digits, or a date alone ("2000-01-03", "Jan 3 2000",
/// "03-Jan-2000", "20000103", "2000/01/03", "03.01.2000"), which means the calendar's daily_time. A date on a day
/// without a session, as monthly files have them, is accepted at the usual closing time with the market open. Years
/// 1901 … 2199.
[[nodiscard]] Result<RowTime> parse_row_time(std::string_view text, const Calendar& calendar);

struct ValidRow {
  RowTime when;
  engine::Bar bar;  // without its instrument
};

/// Checks all that can be said of a row by itself. On a fault, fills `rejected` and returns nullopt.
[[nodiscard]] std::optional<ValidRow> parse_row(const RawRow& row, const Calendar& calendar, RejectedRow& rejected);

/// `text` in quotes for a message: at most 40 characters, what can't be printed as '?'.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace tradingd::market
