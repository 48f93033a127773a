#pragma once
// Cash, positions and marks: every change of money becomes a row here and nowhere else.

#include <string>

#include "daemon/engine/context.h"
#include "daemon/engine/fills.h"

namespace tradingd::engine {

/// Moves the run's cash by `amount` (signed). The cash must not become negative: callers have checked.
void post_cash(Context& context, CashKind kind, Money amount, TradeId trade = {}, std::string note = {});
void post_event(Context& context, EventType type, std::string key, Fields payload);

/// What is held; zero for an instrument never held.
[[nodiscard]] Quantity held(const RunState& state, InstrumentId instrument);

/// total × part / whole, rounded half-even once; 0 ≤ part ≤ whole, whole > 0. Exact in between, whatever the size.
[[nodiscard]] Money pro_rata(Money total, Quantity part, Quantity whole);

/// Books the whole open quantity of `order` as one trade: releases its reservation, moves cash (notional, then
/// fee), updates the position by average cost and marks the order filled. Appends all rows, the order's too.
void book_fill(Context& context, Order& order, const Fill& fill);

struct Valuation {
  Money market_value;  // at last closes; the exact sum rounded half-even once
  Money cost;
};
[[nodiscard]] Valuation value_positions(const RunState& state, const Market& market);

/// Appends the marks and the equity point of this logical time.
void mark_to_market(Context& context);

}  // namespace tradingd::engine
