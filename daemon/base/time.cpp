#include "daemon/base/time.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace tradingd {

namespace {

std::chrono::year_month_day to_ymd(Date date) {
  return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{date.days}}};
}

/// Reads exactly `digits` decimal digits from the front of `text`, or returns -1.
int take_digits(std::string_view& text, int digits) {
  if (text.size() < static_cast<std::size_t>(digits)) {
    return -1;
  }
  int value = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') {
      return -1;
    }
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(static_cast<std::size_t>(digits));
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// Reads "YYYY-MM-DD" from the front of `text`.
bool take_date(std::string_view& text, Date& date) {
  const int year = take_digits(text, 4);
  const bool dash = take(text, '-');
  const int month = take_digits(text, 2);
  const bool dash_again = take(text, '-');
  const int day = take_digits(text, 2);
  if (year < 1 || !dash || month < 1 || month > 12 || !dash_again || day < 1 || day > days_in_month(year, month)) {
    return false;
  }
  date = from_civil({year, month, day});
  return true;
}

/// Reads ".123456" (one to six digits) as microseconds; 0 where there is none, -1 where it is malformed.
int take_fraction(std::string_view& text) {
  if (!take(text, '.')) {
    return 0;
  }
  int value = 0;
  int digits = 0;
  while (digits < 6 && !text.empty() && text.front() >= '0' && text.front() <= '9') {
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++digits;
  }
  if (digits == 0) {
    return -1;
  }
  for (; digits < 6; ++digits) {
    value *= 10;
  }
  return value;
}

/// Reads "Z", "+hh:mm" or "-hh:mm" as minutes east of UTC.
bool take_zone(std::string_view& text, int& minutes_east) {
  if (take(text, 'Z')) {
    minutes_east = 0;
    return true;
  }
  const int sign = !text.empty() && text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) {
    return false;
  }
  const int hours = take_digits(text, 2);
  const bool colon = take(text, ':');
  const int minutes = take_digits(text, 2);
  if (hours < 0 || hours > 14 || !colon || minutes < 0 || minutes > 59) {
    return false;
  }
  minutes_east = sign * (hours * 60 + minutes);
  return true;
}

}  // namespace

CivilDate to_civil(Date date) {
  const auto ymd = to_ymd(date);
  return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

Date from_civil(CivilDate civil) {
  const std::chrono::year_month_day ymd{std::chrono::year{civil.year},
                                        std::chrono::month{static_cast<unsigned>(civil.month)},
                                        std::chrono::day{static_cast<unsigned>(civil.day)}};
  TD_ASSERT(ymd.ok());
  return {static_cast<std::int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

int weekday(Date date) {
  return static_cast<int>(std::chrono::weekday{std::chrono::sys_days{std::chrono::days{date.days}}}.c_encoding());
}

int days_in_month(int year, int month) {
  const std::chrono::year_month_day_last last{
      std::chrono::year{year}, std::chrono::month_day_last{std::chrono::month{static_cast<unsigned>(month)}}};
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

Date utc_date(Time time) {
  std::int64_t days = time.us / kMicrosecondsPerDay;
  if (time.us % kMicrosecondsPerDay < 0) {
    --days;
  }
  return {static_cast<std::int32_t>(days)};
}

Time midnight_utc(Date date) { return {date.days * kMicrosecondsPerDay}; }

std::string format_date(Date date) {
  const CivilDate civil = to_civil(date);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", civil.year, civil.month, civil.day);
  return text.data();
}

std::string format_time(Time time) {
  const Date date = utc_date(time);
  // Not by the midnight, which the earliest times don't have.
  const std::int64_t of_day = (time.us % kMicrosecondsPerDay + kMicrosecondsPerDay) % kMicrosecondsPerDay;
  const std::int64_t seconds = of_day / kMicrosecondsPerSecond;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "T%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string result = format_date(date) + text.data();
  if (const auto fraction = static_cast<int>(of_day % kMicrosecondsPerSecond); fraction != 0) {
    std::snprintf(text.data(), text.size(), ".%06d", fraction);
    result += text.data();
    result.erase(result.find_last_not_of('0') + 1);
  }
  return result + 'Z';
}

Result<Time> parse_time(std::string_view text) {
  const Error refused{
      "\"" + std::string(text) +
      "\" is not a time; write it as 2020-04-17T20:00:00Z or with an offset, 2020-04-17T16:00:00-04:00"};
  std::string_view rest = text;
  Date date;
  if (!take_date(rest, date) || (!take(rest, 'T') && !take(rest, ' '))) {
    return refused;
  }
  const int hour = take_digits(rest, 2);
  const bool colon = take(rest, ':');
  const int minute = take_digits(rest, 2);
  const bool colon_again = take(rest, ':');
  const int second = take_digits(rest, 2);
  const int fraction = take_fraction(rest);
  int minutes_east = 0;
  if (hour < 0 || hour > 23 || !colon || minute < 0 || minute > 59 || !colon_again || second < 0 || second > 59 ||
      fraction < 0 || !take_zone(rest, minutes_east) || !rest.empty()) {
    return refused;
  }
  const std::int64_t seconds = hour * 3600LL + (minute - minutes_east) * 60LL + second;
  return Time{midnight_utc(date).us + seconds * kMicrosecondsPerSecond + fraction};
}

Result<Date> parse_date(std::string_view text) {
  std::string_view rest = text;
  Date date;
  if (!take_date(rest, date) || !rest.empty()) {
    return Error{"\"" + std::string(text) + "\" is not a date; write it as 2020-04-17"};
  }
  return date;
}

}  // namespace tradingd
