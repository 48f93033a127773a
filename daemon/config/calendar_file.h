#pragma once
// A trading calendar as its TOML file has it. The format is documented in tradingd-calendar(5).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace tradingd::config {

/// Whose holidays hold in the years that a file doesn't list.
enum class CalendarBase : std::uint8_t { weekdays, every_day, new_york, london, india, japan, hong_kong };

/// A stretch of trading in minutes of the exchange's own day; 0 ≤ from < to ≤ 1440.
struct TradingSpan {
  int from = 0;
  int to = 0;
};

/// A day's trading: ascending spans, with a break between one and the next. Never empty.
using DayHours = std::vector<TradingSpan>;

struct CalendarFile {
  std::string title;
  std::string zone;  // "America/New_York"
  CalendarBase base = CalendarBase::weekdays;
  std::map<Date, DayHours> hours;             // the usual ones, each from its day on; the first holds before, too
  std::map<int, std::vector<Date>> holidays;  // by year; a year that is listed has these and no others of the base
  std::vector<Date> closed;                   // besides, ascending
  std::map<Date, DayHours> sessions;          // days with hours of their own; they come before every closing
};

/// Reads a calendar; the error has a line for each problem: "NAME:12: hours.2024-11-05: …".
[[nodiscard]] Result<CalendarFile> parse_calendar_file(std::string_view toml, std::string_view name);

}  // namespace tradingd::config
