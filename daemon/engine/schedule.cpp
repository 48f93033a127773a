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

const Step& step_of(Interval interval) {
  const auto index = static_cast<std::size_t>(interval);
  TD_ASSERT(index < kSteps.size());
  return kSteps[index];
}

/// Months since year 0.
std::int64_t month_number(CivilDate civil) { return civil.year * 12LL + civil.month - 1; }

Date day_in_month(std::int64_t month, int day) {
  const auto year = static_cast<int>(month / 12);
  const auto month_of_year = static_cast<int>(month % 12) + 1;
  return from_civil({year, month_of_year, std::min(day, days_in_month(year, month_of_year))});
}

Date default_anchor(const Schedule& schedule, Date first_session) {
  if (step_of(schedule.interval).days != 0) {
    return first_session;
  }
  return day_in_month(month_number(to_civil(first_session)), schedule.day_of_month);
}

}  // namespace

Date due_date(const Schedule& schedule, Date anchor, std::int64_t k) {
  const Step& step = step_of(schedule.interval);
  if (step.days != 0) {
    return {static_cast<std::int32_t>(anchor.days + k * step.days)};
  }
  const CivilDate civil = to_civil(anchor);
  const bool own_day = schedule.anchor && schedule.day_of_month != kMonthEnd;
  const int day = own_day ? civil.day : schedule.day_of_month;
  return day_in_month(month_number(civil) + k * step.months, day);
}

std::int64_t last_due(const Schedule& schedule, Date anchor, Date date) {
  const Step& step = step_of(schedule.interval);
  if (date < anchor) {
    return -1;
  }
  if (step.days != 0) {
    return (date.days - anchor.days) / step.days;
  }
  const std::int64_t k = (month_number(to_civil(date)) - month_number(to_civil(anchor))) / step.months;
  return due_date(schedule, anchor, k) <= date ? k : k - 1;
}

void begin_schedule(ScheduleState& state, const Schedule& schedule, Date first_session, std::optional<Date> end) {
  state.anchor = schedule.anchor ? *schedule.anchor : default_anchor(schedule, first_session);
  await_installment(state, schedule, std::max<std::int64_t>(0, last_due(schedule, *state.anchor, first_session)), end);
}

void await_installment(ScheduleState& state, const Schedule& schedule, std::int64_t k, std::optional<Date> end) {
  state.next_k = k;
  state.next_due = due_date(schedule, *state.anchor, k);
  state.held_since.reset();
  if (end && *state.next_due > *end) {
    state.next_due.reset();
  }
}

}  // namespace tradingd::engine
