#include "daemon/engine/schedule.h"

#include <algorithm>
#include <array>

#include "daemon/base/assert.h"

namespace tradingd::engine {

namespace {

struct Step {
  int days;  // one of the two is 0
  int months;
};

// In the order of Interval.
constexpr std::array kSteps{Step{1, 0}, Step{7, 0}, Step{14, 0}, Step{0, 1}, Step{0, 3}, Step{0, 12}};

constexpr int kDaysPerWeek = 7;
/// No exchange is closed for as long.
constexpr int kRollDaysMax = 40;
constexpr std::int64_t kMicrosecondsPerMinute = 60 * kMicrosecondsPerSecond;

const Step& step_of(Interval interval) {
  const auto index = static_cast<std::size_t>(interval);
  TD_ASSERT(index < kSteps.size());
  return kSteps[index];
}

/// Months since year 0.
std::int64_t month_number(Date date) {
  const CivilDate civil = to_civil(date);
  return civil.year * 12LL + civil.month - 1;
}

Date day_in_month(std::int64_t month, int day) {
  const auto year = static_cast<int>(month / 12);
  const auto month_of_year = static_cast<int>(month % 12) + 1;
  return from_civil({year, month_of_year, std::min(day, days_in_month(year, month_of_year))});
}

bool is_session(const SessionTable* sessions, Date date) {
  if (sessions == nullptr) {
    return true;
  }
  return sessions->knows(date) ? sessions->is_session(date) : weekday(date) != 0 && weekday(date) != 6;
}

/// The nearest session in steps of one day forwards or backwards; `date` itself if it is one.
Date session_from(const SessionTable* sessions, Date date, int step) {
  Date session = date;
  for (int i = 0; i < kRollDaysMax && !is_session(sessions, session); ++i) {
    session.days += step;
  }
  return session;
}

Date nth_weekday(std::int64_t month, int wanted, int nth) {
  if (nth == kLast) {
    const Date end = day_in_month(month, kMonthEnd);
    return {end.days - (weekday(end) - wanted + kDaysPerWeek) % kDaysPerWeek};
  }
  const Date begin = day_in_month(month, 1);
  return {begin.days + (wanted - weekday(begin) + kDaysPerWeek) % kDaysPerWeek + (nth - 1) * kDaysPerWeek};
}

/// Of the `months` from `month` on.
Date nth_trading_day(const SessionTable* sessions, std::int64_t month, int months, int nth) {
  const Date last = session_from(sessions, day_in_month(month + months - 1, kMonthEnd), -1);
  if (nth == kLast) {
    return last;
  }
  Date day = session_from(sessions, day_in_month(month, 1), 1);
  for (int i = 1; i < nth && day < last; ++i) {
    day = session_from(sessions, {day.days + 1}, 1);
  }
  return std::min(day, last);
}

/// Trading days are counted in calendar quarters and years, all else in the anchor's own months.
std::int64_t first_month(const Schedule& schedule, Date anchor) {
  const std::int64_t month = month_number(anchor);
  return schedule.rule == DayRule::trading_day ? month - month % step_of(schedule.interval).months : month;
}

Date default_anchor(const Schedule& schedule, Date first_session) {
  if (step_of(schedule.interval).days == 0) {
    return day_in_month(month_number(first_session), schedule.rule == DayRule::date ? schedule.day_of_month : 1);
  }
  if (schedule.rule == DayRule::weekday) {
    return {first_session.days + (schedule.weekday - weekday(first_session) + kDaysPerWeek) % kDaysPerWeek};
  }
  return first_session;
}

/// The first day on which the installment can be due, whatever the calendar becomes.
Date look_from(const Schedule& schedule, const SessionTable* sessions, Date anchor, std::int64_t k) {
  if (schedule.rule == DayRule::trading_day) {
    return day_in_month(first_month(schedule, anchor) + k * step_of(schedule.interval).months, 1);
  }
  const Date date = due_date(schedule, sessions, anchor, k);
  const bool may_precede = schedule.roll == Roll::preceding || schedule.roll == Roll::modified_following;
  return may_precede ? Date{date.days - kRollDaysMax} : date;
}

}  // namespace

Date due_date(const Schedule& schedule, const SessionTable* sessions, Date anchor, std::int64_t k) {
  const Step& step = step_of(schedule.interval);
  if (step.days != 0) {
    return {static_cast<std::int32_t>(anchor.days + k * step.days)};
  }
  const std::int64_t month = first_month(schedule, anchor) + k * step.months;
  switch (schedule.rule) {
    case DayRule::weekday:
      return nth_weekday(month, schedule.weekday, schedule.nth);
    case DayRule::trading_day:
      return nth_trading_day(sessions, month, step.months, schedule.nth);
    case DayRule::date:
      break;
  }
  const bool own_day = schedule.anchor && schedule.day_of_month != kMonthEnd;
  return day_in_month(month, own_day ? to_civil(anchor).day : schedule.day_of_month);
}

std::int64_t last_due(const Schedule& schedule, const SessionTable* sessions, Date anchor, Date date) {
  const Step& step = step_of(schedule.interval);
  if (step.days != 0) {
    return date < anchor ? -1 : (date.days - anchor.days) / step.days;
  }
  const std::int64_t months = month_number(date) - first_month(schedule, anchor);
  if (months < 0) {
    return -1;
  }
  const std::int64_t k = months / step.months;
  return due_date(schedule, sessions, anchor, k) <= date ? k : k - 1;
}

Due due_of(const Schedule& schedule, const SessionTable* sessions, Date anchor, std::int64_t k) {
  Due due{k, due_date(schedule, sessions, anchor, k), {}, false};
  due.session = due.date;
  if (is_session(sessions, due.date)) {
    return due;
  }
  if (schedule.interval == Interval::daily) {
    due.dropped = true;
    return due;
  }
  switch (schedule.roll) {
    case Roll::skip:
      due.dropped = true;
      break;
    case Roll::preceding:
      due.session = session_from(sessions, due.date, -1);
      break;
    case Roll::following:
      due.session = session_from(sessions, due.date, 1);
      break;
    case Roll::modified_following:
      due.session = session_from(sessions, due.date, 1);
      if (month_number(due.session) != month_number(due.date)) {
        due.session = session_from(sessions, due.date, -1);
      }
      break;
  }
  return due;
}

Time due_time(const Schedule& schedule, const SessionTable* sessions, Date session, std::int32_t utc_offset_s) {
  const std::optional<SessionDay> known = sessions == nullptr ? std::nullopt : sessions->on(session);
  const std::int64_t offset_us = (known ? known->utc_offset_s : utc_offset_s) * kMicrosecondsPerSecond;
  const Time midnight{midnight_utc(session).us - offset_us};
  const Time opens = known ? known->opens : midnight;
  if (!schedule.at) {
    return opens;
  }
  const std::int64_t minutes_us = schedule.at->minutes * kMicrosecondsPerMinute;
  switch (schedule.at->from) {
    case DueAt::From::open:
      return {opens.us + minutes_us};
    case DueAt::From::close:
      return {(known ? known->closes.us : midnight.us + kMicrosecondsPerDay) + minutes_us};
    case DueAt::From::midnight:
      break;
  }
  return {midnight.us + minutes_us};
}

bool is_reached(const Schedule& schedule, const Market& market, const Due& due) {
  const Session& session = market.session();
  if (session.date != due.session) {
    return due.session < session.date;
  }
  // Without a time of day, as soon as the feed says that the market is open.
  return !schedule.at || due_time(schedule, market.sessions(), due.session, session.utc_offset_s) <= market.time();
}

void begin_schedule(ScheduleState& state, const Schedule& schedule, const SessionTable* sessions, Date first_session,
                    std::optional<Date> end) {
  const Date anchor = schedule.anchor.value_or(default_anchor(schedule, first_session));
  state.anchor = anchor;
  std::int64_t first = 0;
  while (schedule.anchor && due_date(schedule, sessions, anchor, first) < anchor) {
    ++first;  // its period's day had passed at the start
  }
  await_installment(state, schedule, sessions, std::max(first, last_due(schedule, sessions, anchor, first_session)),
                    end);
}

void await_installment(ScheduleState& state, const Schedule& schedule, const SessionTable* sessions, std::int64_t k,
                       std::optional<Date> end) {
  state.next_k = k;
  state.next_due = look_from(schedule, sessions, *state.anchor, k);
  state.held_since.reset();
  if (end && *state.next_due > *end) {
    state.next_due.reset();
  }
}

std::vector<Due> reached(const ScheduleState& state, const Schedule& schedule, const Market& market,
                         std::optional<Date> end) {
  std::vector<Due> found;
  if (!state.next_due || market.session().date < *state.next_due) {
    return found;
  }
  for (std::int64_t k = state.next_k;; ++k) {
    const Due due = due_of(schedule, market.sessions(), *state.anchor, k);
    if (!is_reached(schedule, market, due) || (end && due.date > *end)) {
      return found;
    }
    found.push_back(due);
  }
}

void append_due(Fields& payload, const Schedule& schedule, const Market& market, const Due& due) {
  payload.emplace_back("due", format_date(due.date));
  if (due.session != due.date) {
    payload.emplace_back("session", format_date(due.session));
  }
  if (schedule.at || market.sessions() != nullptr) {
    payload.emplace_back(
        "due_time", format_time(due_time(schedule, market.sessions(), due.session, market.session().utc_offset_s)));
  }
}

}  // namespace tradingd::engine
