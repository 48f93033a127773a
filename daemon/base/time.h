#pragma once
// Logical time: microseconds since 1970-01-01T00:00:00Z, UTC. Only the wiring reads a clock; all
// else is handed its time.

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "daemon/base/result.h"

namespace tradingd {

/// A point in time, microseconds UTC.
struct Time {
  std::int64_t us = 0;

  friend constexpr auto operator<=>(Time, Time) = default;
};

/// A calendar day, counted from 1970-01-01 (proleptic Gregorian).
struct Date {
  std::int32_t days = 0;

  friend constexpr auto operator<=>(Date, Date) = default;
};

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosecondsPerDay = 86'400 * kMicrosecondsPerSecond;
inline constexpr Time kTimeMin{std::numeric_limits<std::int64_t>::min()};

struct CivilDate {
  int year;   // 1 … 9999
  int month;  // 1 … 12
  int day;    // 1 … 31
};

[[nodiscard]] CivilDate to_civil(Date date);
/// The day of a valid civil date; `civil` must be valid.
[[nodiscard]] Date from_civil(CivilDate civil);
/// 0 = Sunday … 6 = Saturday.
[[nodiscard]] int weekday(Date date);
/// Number of days in the month, 28 … 31.
[[nodiscard]] int days_in_month(int year, int month);
/// The UTC day that contains `time`.
[[nodiscard]] Date utc_date(Time time);
/// 00:00:00Z of `date`.
[[nodiscard]] Time midnight_utc(Date date);

/// "2020-04-17T20:00:00Z", with a fraction of up to six digits only where there is one.
[[nodiscard]] std::string format_time(Time time);
/// "2020-04-17".
[[nodiscard]] std::string format_date(Date date);

/// Reads ISO 8601: "2020-04-17T20:00:00Z", a blank for the T, a fraction of up to six digits, and "Z",
/// "+hh:mm" or "-hh:mm"; a time without a zone is refused, since it would be a guess.
[[nodiscard]] Result<Time> parse_time(std::string_view text);
/// Reads "2020-04-17".
[[nodiscard]] Result<Date> parse_date(std::string_view text);

}  // namespace tradingd
