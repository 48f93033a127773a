#pragma once
// Cash, positions and marks: every change of money becomes a row here and nowhere else.

#include <string>

#include "daemon/engine/context.h"
#include "daemon/engine/fills.h"
#include "daemon/engine/position.h"

namespace tradingd::engine {

/// Moves the run's cash by `amount` (signed). The cash must not become negative, but
/// for a short position's losses: callers have checked.
void post_cash(Context& context, CashKind kind, Money amount, TradeId trade = {}, std::string note = {});
void post_event(Context& context, EventType type, std::string key, Fields payload);

/// What `wanted` of the instrument meets on its last bar. With a volume cap, no more, in whole steps, than the run's
/// orders have left of that share of the bar's volume; on a bar without a volume, nothing.
[[nodiscard]] Liquidity liquidity_of(const Context& context, const Instrument& instrument, Quantity wanted);

/// What an open order holds back while the rest of it rests, as far as the cash goes.
[[nodiscard]] Money reservation_of(const Context& context, const Order& order);

/// Books a fill of `order`, in whole or in part, as one trade: releases its reservation, moves cash (notional, then
/// fee), updates the position and the order; what stays open of it reserves anew. Appends all rows, the order's too.
void book_fill(Context& context, Order& order, const Fill& fill);

struct Valuation {
  Money market_value;  // at last closes; the exact sum rounded half-even once
  Money cost;
  Money gross;  // long and short positions' values added up
};
[[nodiscard]] Valuation value_positions(const RunState& state, const Market& market);

/// Appends the marks and the equity point of this logical time.
void mark_to_market(Context& context);

}  // namespace tradingd::engine
