#pragma once
// Due dates of plans: anchor + k × interval by the rule of the day, then off holidays, then a time of day.

#include "daemon/engine/config.h"
#include "daemon/engine/market.h"
#include "daemon/engine/state.h"

namespace tradingd::engine {

/// When installment k is due. Where `sessions` is nullptr, every day counts as a session; outside its known
/// days every weekday does.
struct Due {
  std::int64_t k = 0;
  Date date;             // by the rule alone
  Date session;          // on which it is due: `date` rolled to a session
  bool dropped = false;  // `date` is no session, and the schedule skips such dates
};
[[nodiscard]] Due due_of(const Schedule& schedule, const SessionTable* sessions, Date anchor, std::int64_t k);

/// Due.date alone. A date that its month lacks becomes the month's last day; a trading day that its
/// period lacks, the period's last.
[[nodiscard]] Date due_date(const Schedule& schedule, const SessionTable* sessions, Date anchor, std::int64_t k);
/// The largest k whose due date is at or before `date`; negative if there is none.
[[nodiscard]] std::int64_t last_due(const Schedule& schedule, const SessionTable* sessions, Date anchor, Date date);

/// From when on an installment that is due in this session may be executed. In exchange time, so that it moves
/// with daylight saving; of a session that the table doesn't know, by `utc_offset_s`, its day beginning and
/// ending at midnight.
[[nodiscard]] Time due_time(const Schedule& schedule, const SessionTable* sessions, Date session,
                            std::int32_t utc_offset_s);
/// Whether it is due at the market's last tick.
[[nodiscard]] bool is_reached(const Schedule& schedule, const Market& market, const Due& due);

/// Begins at the run's first session: fixes the anchor, and starts with the last due date at or before that
/// session, or with the first one if all are later. What was due before belongs to a time without the run.
void begin_schedule(ScheduleState& state, const Schedule& schedule, const SessionTable* sessions, Date first_session,
                    std::optional<Date> end);
/// Waits for installment `k` from now on; for nothing if it is due after `end`.
void await_installment(ScheduleState& state, const Schedule& schedule, const SessionTable* sessions, std::int64_t k,
                       std::optional<Date> end);

/// The installments that are due at the market's last tick, from the one that is waited for on; none is due after
/// `end`. Empty, and cheap, on most ticks.
[[nodiscard]] std::vector<Due> reached(const ScheduleState& state, const Schedule& schedule, const Market& market,
                                       std::optional<Date> end);

/// "due", "session" and "due_time" of an event.
void append_due(Fields& payload, const Schedule& schedule, const Market& market, const Due& due);

}  // namespace tradingd::engine
