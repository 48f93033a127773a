// The `given` lines of plans and of the calendar.
//
//   given sip amount 1000 every monthly [SCHEDULE] [OPTIONS] weights AAA=0.6 BBB=0.4
//   given rebalance [every quarterly [SCHEDULE]] [OPTIONS] weights AAA=0.6
//     SCHEDULE: day N | nth N|last friday | weekday friday | trading_day N|last; anchor DATE; roll R; at
//     09:20|close-15m OPTIONS: see below
//   given sessions [closed DATE …] [half DATE …]   weekdays of 2018 to 2023, 09:30 to 16:00 New York time, half days to
//                                                  13:00; without this line every day may be a session

#include <algorithm>
#include <stdexcept>

#include "tests/unit/engine/scenario.h"

namespace tradingd::engine {

namespace {

using Words = std::istringstream;

[[noreturn]] void unreadable(const std::string& what) { throw std::runtime_error("can't read " + what); }

std::string word(std::istream& words) {
  std::string text;
  if (!(words >> text)) {
    unreadable("the end of the line: a word is missing");
  }
  return text;
}

template <typename D>
D decimal(const std::string& text) {
  const std::optional<Int128> units = parse_units(text);
  if (!units) {
    unreadable("the number " + text);
  }
  return D{static_cast<decltype(D::units)>(*units)};
}

template <typename D>
D decimal(std::istream& words) {
  return decimal<D>(word(words));
}

Date date(std::istream& words) { return parse_date(word(words)).value(); }

template <typename T>
T one_of(const std::map<std::string, T>& meanings, const std::string& text) {
  const auto found = meanings.find(text);
  return found == meanings.end() ? unreadable(text), T{} : found->second;
}

Interval interval(const std::string& text) {
  return one_of<Interval>({{"daily", Interval::daily},
                           {"weekly", Interval::weekly},
                           {"fortnightly", Interval::fortnightly},
                           {"monthly", Interval::monthly},
                           {"quarterly", Interval::quarterly},
                           {"yearly", Interval::yearly}},
                          text);
}

int weekday_of(const std::string& text) {
  return one_of<int>({{"monday", 1}, {"tuesday", 2}, {"wednesday", 3}, {"thursday", 4}, {"friday", 5}}, text);
}

int nth(const std::string& text) { return text == "last" ? kLast : std::stoi(text); }

/// "09:20", "open+5m", "close-15m".
DueAt due_at(const std::string& text) {
  if (text.find(':') != std::string::npos) {
    return {DueAt::From::midnight, std::stoi(text.substr(0, 2)) * 60 + std::stoi(text.substr(3))};
  }
  const bool open = text.rfind("open", 0) == 0;
  const std::string minutes = text.substr(open ? 4 : 5);
  return {open ? DueAt::From::open : DueAt::From::close, minutes.empty() ? 0 : std::stoi(minutes)};
}

/// Whether `what` began a part of a schedule, which then has been read.
bool read_schedule(Words& words, const std::string& what, Schedule& schedule) {
  if (what == "every") {
    schedule.interval = interval(word(words));
  } else if (what == "day") {
    schedule.day_of_month = std::stoi(word(words));
  } else if (what == "weekday") {
    schedule.rule = DayRule::weekday;
    schedule.weekday = weekday_of(word(words));
  } else if (what == "nth") {
    schedule.rule = DayRule::weekday;
    schedule.nth = nth(word(words));
    schedule.weekday = weekday_of(word(words));
  } else if (what == "trading_day") {
    schedule.rule = DayRule::trading_day;
    schedule.nth = nth(word(words));
  } else if (what == "anchor") {
    schedule.anchor = date(words);
  } else if (what == "roll") {
    schedule.roll = one_of<Roll>({{"following", Roll::following},
                                  {"preceding", Roll::preceding},
                                  {"modified_following", Roll::modified_following},
                                  {"skip", Roll::skip}},
                                 word(words));
  } else if (what == "at") {
    schedule.at = due_at(word(words));
  } else {
    return false;
  }
  return true;
}

/// "AAPL=0.6 MSFT=0.4", to the end of the line.
std::vector<Allocation> weights(std::istream& words) {
  std::vector<Allocation> allocations;
  for (std::string text; words >> text;) {
    const std::size_t equals = text.find('=');
    allocations.push_back({text.substr(0, equals), decimal<Ratio>(text.substr(equals + 1))});
  }
  return allocations;
}

/// "AAPL=300 MSFT=200", to the end of the line.
void read_symbol_amounts(std::istream& words, SipPlan& plan) {
  for (std::string text; words >> text;) {
    const std::size_t equals = text.find('=');
    plan.allocations.push_back({text.substr(0, equals), {}});
    plan.symbol_amounts.push_back(decimal<Money>(text.substr(equals + 1)));
    plan.amount += plan.symbol_amounts.back();
  }
  for (std::size_t i = 0; i < plan.allocations.size(); ++i) {
    plan.allocations[i].weight = plan.symbol_amounts[i] / plan.amount;
  }
}

/// "2020-04-01=600".
DatedAmount dated_amount(const std::string& text) {
  return {parse_date(text.substr(0, 10)).value(), decimal<Money>(text.substr(11))};
}

/// "10%" or "50".
void read_step_up(const std::string& text, SipPlan& plan) {
  if (text.back() == '%') {
    plan.step_up_rate = {decimal<Ratio>(text.substr(0, text.size() - 1)).units / 100};
  } else {
    plan.step_up_amount = decimal<Money>(text);
  }
}

Date second_sunday(int year, int month) {
  const Date first = from_civil({year, month, 1});
  return {first.days + (7 - weekday(first)) % 7 + 7};
}

/// New York's summer time since 2007: from March's second Sunday to November's first.
bool is_summer(Date day) {
  const int year = to_civil(day).year;
  return second_sunday(year, 3) <= day && day < Date{second_sunday(year, 11).days - 7};
}

}  // namespace

void Scenario::given_sip(Words& words) {
  SipPlan plan;
  for (std::string what; words >> what;) {
    if (what == "amount") {
      plan.amount = decimal<Money>(words);
    } else if (what == "end") {
      plan.end = date(words);
    } else if (what == "keep_residue") {
      plan.carry_residue = false;
    } else if (what == "deposit") {
      plan.deposit = true;
    } else if (what == "step_up") {
      read_step_up(word(words), plan);
    } else if (what == "then") {  // then 2020-04-01=600
      plan.amounts.push_back(dated_amount(word(words)));
    } else if (what == "value_averaging") {  // value_averaging growth 0.01
      plan.value_averaging = true;
      plan.carry_residue = false;
      word(words);
      plan.growth = decimal<Ratio>(words);
    } else if (what == "catch_up") {
      const std::string policy = word(words);
      plan.catch_up = policy == "run_all" ? CatchUp::run_all : policy == "skip" ? CatchUp::skip : CatchUp::run_last;
    } else if (what == "symbol_amounts") {
      read_symbol_amounts(words, plan);
    } else if (what == "weights") {
      plan.allocations = weights(words);
    } else if (!read_schedule(words, what, plan.schedule)) {
      unreadable("given sip " + what);
    }
  }
  config_.sip = plan;
  config_.strategy = config_.rebalance ? StrategyKind::sip_rebalance : StrategyKind::sip;
}

void Scenario::given_rebalance(Words& words) {
  RebalancePlan plan;
  Schedule schedule;
  bool scheduled = false;
  for (std::string what; words >> what;) {
    if (what == "band") {
      plan.band = decimal<Ratio>(words);
    } else if (what == "relative_band") {
      plan.relative_band = decimal<Ratio>(words);
    } else if (what == "to_edge") {
      plan.to_edge = true;
    } else if (what == "cooldown_days") {
      plan.cooldown_days = std::stoi(word(words));
    } else if (what == "min_order") {
      plan.min_order_notional = decimal<Money>(words);
    } else if (what == "cash") {
      plan.cash_weight = decimal<Ratio>(words);
    } else if (what == "weights") {
      plan.targets = weights(words);
    } else if (read_schedule(words, what, schedule)) {
      scheduled = true;
    } else {
      unreadable("given rebalance " + what);
    }
  }
  if (scheduled) {
    plan.schedule = schedule;
  }
  config_.rebalance = plan;
  config_.strategy = config_.sip ? StrategyKind::sip_rebalance : StrategyKind::rebalance;
}

void Scenario::given_sessions(Words& words) {
  std::vector<Date> closed;
  std::vector<Date> half;
  std::vector<Date>* days = nullptr;
  for (std::string text; words >> text;) {
    if (text == "closed" || text == "half") {
      days = text == "closed" ? &closed : &half;
    } else if (days != nullptr) {
      days->push_back(parse_date(text).value());
    } else {
      unreadable("given sessions " + text);
    }
  }
  constexpr std::int32_t kHour = 3600;
  const std::vector<SessionTable::Hours> hours{{9 * kHour + kHour / 2, 16 * kHour, -5 * kHour},
                                               {9 * kHour + kHour / 2, 13 * kHour, -5 * kHour},
                                               {9 * kHour + kHour / 2, 16 * kHour, -4 * kHour},
                                               {9 * kHour + kHour / 2, 13 * kHour, -4 * kHour}};
  const auto contains = [](const std::vector<Date>& list, Date day) {
    return std::find(list.begin(), list.end(), day) != list.end();
  };
  std::vector<std::uint8_t> kinds;
  const Date first = from_civil({2018, 1, 1});
  for (Date day = first; day <= from_civil({2023, 12, 31}); ++day.days) {
    const bool none = weekday(day) == 0 || weekday(day) == 6 || contains(closed, day);
    kinds.push_back(none ? std::uint8_t{0}
                         : static_cast<std::uint8_t>(1 + (contains(half, day) ? 1 : 0) + (is_summer(day) ? 2 : 0)));
  }
  sessions_ = std::make_shared<const SessionTable>("TEST", first, std::move(kinds), hours);
}

}  // namespace tradingd::engine
