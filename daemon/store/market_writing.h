#pragma once
// Instruments, corporate actions and ticks, written into the market's tables within the caller's transaction;
// the counterpart of market_loading.h. Each may throw DatabaseError.

#include <cstdint>
#include <span>

#include "daemon/engine/market.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

/// Those that the feed has already are left as they are.
void insert_instruments(Connection& connection, FeedId feed, std::span<const engine::Instrument> added);

/// Numbered as the feed's next one; gives the number.
std::int64_t insert_action(Connection& connection, FeedId feed, const engine::AnnouncedAction& announced);

/// With their rows, the calendars that begin to hold at one of them, and the actions that it makes effective.
/// Instruments are there already.
void insert_ticks(Connection& connection, FeedId feed, std::span<const engine::Tick> ticks);

}  // namespace tradingd::store
