#pragma once
// The life of an order: placing, resting, filling, canceling, expiring.
//
// A DAY order ends with the session (the exchange's day) that it belongs to. With FillAt::close, placed
// while the market is open, it belongs to that session. Placed while the market is closed, or with
// FillAt::next_open, where it can only fill on a later bar, it belongs to the session of the first open
// tick that follows. It expires at the first tick of a later session, before that tick's fills.

#include "daemon/engine/context.h"
#include "daemon/engine/input.h"
#include "daemon/engine/risk.h"

namespace tradingd::engine {

struct Placed {
  OrderId order;
  Denial denial;  // why the order was rejected
};

/// Places the order: it fills at once, rests, or is stored as rejected. `source` decided on it.
Placed place_order(Context& context, const PlaceOrder& order, OrderSource source);

/// Cancels the open order; false if there is no open one of that id.
[[nodiscard]] bool cancel_order(Context& context, OrderId order, Reason reason);
void cancel_all_orders(Context& context, Reason reason);

/// On a tick: expires the DAY orders whose session is over, and gives those that wait for a session theirs.
void roll_day_orders(Context& context);
/// On a tick of an open market: fills what this tick's bars let fill, in price-time order. One that no
/// longer passes the checks is canceled with the reason.
void fill_resting_orders(Context& context);

}  // namespace tradingd::engine
