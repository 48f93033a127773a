#pragma once
// Reads what a feed has recorded.

#include <vector>

#include "daemon/engine/market.h"
#include "daemon/store/connection.h"
#include "daemon/store/fields.h"

namespace tradingd::store {

/// What of an instrument is read, in the order of read_instrument.
inline constexpr const char* kInstrumentColumns =
    "instrument_id, symbol, tick_size, quantity_step, lot, min_quantity, max_quantity, min_notional, max_notional,"
    " currency, calendar, listed, shortable";
[[nodiscard]] engine::Instrument read_instrument(Fields& row);

/// What of an action is read, in the order of read_action; NULLs are of other kinds, or of one not effective yet.
inline constexpr const char* kActionColumns =
    "action_id, ex_date, symbol, kind, coalesce(numerator, 1), coalesce(denominator, 1), coalesce(amount, 0), "
    "new_symbol,"
    " coalesce(instrument_id, 0), coalesce(new_instrument_id, 0)";
[[nodiscard]] engine::AnnouncedAction read_action(Fields& row);

/// The feed's view as of its last tick at or before `time`. Throws DatabaseError and UnreadableField.
[[nodiscard]] engine::Market load_market(Connection& connection, FeedId feed, Time time);
/// The feed's sessions as they were known at its last tick at or before `time`; nullptr: every day may be one.
[[nodiscard]] std::shared_ptr<const engine::SessionTable> load_sessions(Connection& connection, FeedId feed, Time time);
/// Up to `limit` ticks after `after`, ascending, each with its bars by instrument.
[[nodiscard]] std::vector<engine::Tick> load_ticks(Connection& connection, FeedId feed, Time after, int limit);

}  // namespace tradingd::store
