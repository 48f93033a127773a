#pragma once
// Due dates of plans: anchor + k × interval.

#include "daemon/engine/config.h"
#include "daemon/engine/state.h"

namespace tradingd::engine {

/// The k-th due date. A date that its month lacks becomes the month's last day. The day of the month is the
/// anchor's if the schedule gives one and isn't for the month's end, else `day_of_month`.
[[nodiscard]] Date due_date(const Schedule& schedule, Date anchor, std::int64_t k);
/// The largest k whose due date is at or before `date`; -1 if there is none.
[[nodiscard]] std::int64_t last_due(const Schedule& schedule, Date anchor, Date date);

/// Begins at the run's first session: fixes the anchor, and starts with the last due date at or before that
/// session, or with the first one if all are later. What was due before belongs to a time without the run.
void begin_schedule(ScheduleState& state, const Schedule& schedule, Date first_session, std::optional<Date> end);
/// Waits for installment `k` from now on; for nothing if it is due after `end`.
void await_installment(ScheduleState& state, const Schedule& schedule, std::int64_t k, std::optional<Date> end);

}  // namespace tradingd::engine
