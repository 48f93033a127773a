#include "daemon/config/schedule_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/config/strategy_words.h"

namespace tradingd::config {

namespace {

using engine::DayRule;
using engine::DueAt;
using engine::Interval;
using engine::Schedule;
using nlohmann::json;

constexpr std::array<Choice<int>, 7> kWeekdayWords{{
    {"sunday", 0},
    {"monday", 1},
    {"tuesday", 2},
    {"wednesday", 3},
    {"thursday", 4},
    {"friday", 5},
    {"saturday", 6},
}};
constexpr std::array<Choice<engine::Roll>, 4> kRollWords{{
    {"following", engine::Roll::following},
    {"preceding", engine::Roll::preceding},
    {"modified_following", engine::Roll::modified_following},
    {"skip", engine::Roll::skip},
}};
constexpr std::string_view kLastWord = "last";
constexpr int kNthWeekdayMax = 4;  // every month has as many
constexpr int kMinutesPerDay = 24 * 60;
constexpr const char* kAtRule =
    " must be a time of day such as \"09:20\", or \"open\", \"open+15m\", \"close-15m\" or "
    "\"close\"";

/// No month, quarter or year has more trading days; what one lacks becomes its last.
int trading_days_max(Interval interval) {
  return interval == Interval::monthly ? 23 : interval == Interval::quarterly ? 66 : 262;
}

std::optional<int> parse_digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = !text.empty() && text.front() >= '0' && text.front() <= '9';
  return digits && error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<DueAt> parse_at(std::string_view text) {
  if (text.size() == 5 && text[2] == ':') {
    const std::optional<int> hour = parse_digits(text.substr(0, 2));
    const std::optional<int> minute = parse_digits(text.substr(3));
    return hour && minute && *hour < 24 && *minute < 60
               ? std::optional(DueAt{DueAt::From::midnight, *hour * 60 + *minute})
               : std::nullopt;
  }
  DueAt at{text.starts_with("open") ? DueAt::From::open : DueAt::From::close, 0};
  const std::string_view word = at.from == DueAt::From::open ? "open" : "close";
  const char sign = at.from == DueAt::From::open ? '+' : '-';
  if (!text.starts_with(word)) {
    return std::nullopt;
  }
  text.remove_prefix(word.size());
  if (text.empty()) {
    return at;
  }
  if (text.front() != sign || text.back() != 'm') {
    return std::nullopt;
  }
  const std::optional<int> minutes = parse_digits(text.substr(1, text.size() - 2));
  if (!minutes || *minutes >= kMinutesPerDay) {
    return std::nullopt;
  }
  at.minutes = sign == '+' ? *minutes : -*minutes;
  return at;
}

std::string at_text(const DueAt& at) {
  if (at.from == DueAt::From::midnight) {
    const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return two(at.minutes / 60) + ":" + two(at.minutes % 60);
  }
  std::string text = at.from == DueAt::From::open ? "open" : "close";
  if (at.minutes != 0) {
    text += (at.minutes > 0 ? "+" : "-") + std::to_string(std::abs(at.minutes)) + "m";
  }
  return text;
}

/// A whole number from 1 on, or "last".
std::optional<int> read_nth(TableReader& plan, std::string_view key, int max) {
  const json* const value = plan.value(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (*value == kLastWord) {
    return engine::kLast;
  }
  if (!value->is_number_integer() || *value < 1 || *value > max) {
    plan.problem(key, show(*value) + " must be a whole number from 1 to " + std::to_string(max) + ", or \"last\"");
    return std::nullopt;
  }
  return value->get<int>();
}

/// The first such day of a month on or after `start`.
Date first_due(Date start, int day_of_month) {
  CivilDate civil = to_civil(start);
  const int day = std::min(day_of_month, days_in_month(civil.year, civil.month));
  if (day < civil.day) {
    civil = civil.month == 12 ? CivilDate{civil.year + 1, 1, 1} : CivilDate{civil.year, civil.month + 1, 1};
  }
  return from_civil({civil.year, civil.month, std::min(day_of_month, days_in_month(civil.year, civil.month))});
}

void read_day(TableReader& plan, Schedule& schedule) {
  const json* const day = plan.value("day");
  if (day == nullptr) {
    return;
  }
  const bool month_end = *day == kMonthEndWord;
  if (!month_end && (!day->is_number_integer() || *day < 1 || *day > 28)) {
    plan.problem("day", show(*day) + " must be a whole number from 1 to 28, or \"month_end\"");
    return;
  }
  schedule.day_of_month = month_end ? engine::kMonthEnd : day->get<int>();
  if (schedule.anchor) {
    schedule.anchor = first_due(*schedule.anchor, schedule.day_of_month);
  }
}

/// The day of a schedule by months: day, or weekday with nth, or trading_day.
void read_day_of_month(TableReader& plan, Schedule& schedule) {
  const bool by_weekday = plan.has("weekday") || plan.has("nth");
  if (plan.has("trading_day")) {
    schedule.rule = DayRule::trading_day;
    schedule.nth = read_nth(plan, "trading_day", trading_days_max(schedule.interval)).value_or(1);
    for (const std::string_view key : {"day", "weekday", "nth"}) {
      plan.forbid(key, "trading_day says which day it is");
    }
  } else if (by_weekday) {
    schedule.rule = DayRule::weekday;
    plan.require("weekday", "nth needs it, such as \"friday\"");
    plan.require("nth", "write which of the month's it is: 1 to 4, or \"last\"");
    schedule.weekday = plan.choice<int>("weekday", kWeekdayWords).value_or(0);
    schedule.nth = read_nth(plan, "nth", kNthWeekdayMax).value_or(1);
    plan.forbid("day", "weekday and nth say which day it is");
  } else {
    read_day(plan, schedule);
  }
}

/// The day of a schedule by days or weeks.
void read_day_of_week(TableReader& plan, Schedule& schedule) {
  for (const std::string_view key : {"day", "nth", "trading_day"}) {
    plan.forbid(key, "only a monthly, quarterly or yearly plan has one; give start instead");
  }
  if (schedule.interval == Interval::daily) {
    plan.forbid("weekday", "a daily plan has every day");
  } else if (const auto wanted = plan.choice<int>("weekday", kWeekdayWords)) {
    schedule.rule = DayRule::weekday;
    schedule.weekday = *wanted;
    if (schedule.anchor) {
      schedule.anchor->days += (*wanted - weekday(*schedule.anchor) + 7) % 7;
    }
  }
}

}  // namespace

Schedule read_schedule(TableReader& plan) {
  Schedule schedule;
  schedule.interval = plan.choice<Interval>("every", kIntervalWords).value_or(schedule.interval);
  schedule.anchor = plan.date("start");
  if (has_day_of_month(schedule.interval)) {
    read_day_of_month(plan, schedule);
  } else {
    read_day_of_week(plan, schedule);
  }
  schedule.roll = plan.choice<engine::Roll>("roll", kRollWords).value_or(schedule.roll);
  if (schedule.interval == Interval::daily) {
    plan.forbid("roll", "a daily plan has every session, and nothing on other days");
  }
  if (const std::optional<std::string> text = plan.text("at")) {
    schedule.at = parse_at(*text);
    if (!schedule.at) {
      plan.problem("at", show(*text) + kAtRule);
    }
  }
  return schedule;
}

void forbid_schedule(TableReader& plan) {
  for (const std::string_view key : {"day", "start", "weekday", "nth", "trading_day", "roll", "at"}) {
    plan.forbid(key, "it belongs to every");
  }
}

void put_schedule(json& plan, const Schedule& schedule) {
  plan["every"] = word_for(kIntervalWords, schedule.interval);
  if (schedule.anchor) {
    plan["start"] = format_date(*schedule.anchor);
  }
  if (schedule.roll != engine::Roll::following) {
    plan["roll"] = word_for(kRollWords, schedule.roll);
  }
  if (schedule.at) {
    plan["at"] = at_text(*schedule.at);
  }
  const json nth = schedule.nth == engine::kLast ? json(kLastWord) : json(schedule.nth);
  const bool by_month = has_day_of_month(schedule.interval);
  if (schedule.rule == DayRule::trading_day) {
    plan["trading_day"] = nth;
  } else if (schedule.rule == DayRule::weekday) {
    plan["weekday"] = word_for(kWeekdayWords, schedule.weekday);
    if (by_month) {
      plan["nth"] = nth;
    }
  } else if (by_month && schedule.day_of_month == engine::kMonthEnd) {
    plan["day"] = kMonthEndWord;
  } else if (by_month && !schedule.anchor) {
    plan["day"] = schedule.day_of_month;
  }
}

}  // namespace tradingd::config
