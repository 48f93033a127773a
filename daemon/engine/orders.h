#pragma once
// The life of an order: placing, resting, filling, canceling, expiring.
//
// A DAY order ends with the session (the exchange's day) that it belongs to. With FillAt::close, placed
// while the market is open, it belongs to that session. Placed while the market is closed, at or after the session's
// closing time, or with FillAt::next_open, where it can only fill on a later bar, it belongs to the session of the
// first open tick that follows. It expires at the first tick of a later session, before that tick's fills. An order for
// the close, an ioc or a fok order belongs to a session in the same way.
//
// An order for the open trades on the first bar of its instrument in a session that begins after it was placed; an
// order for the close on the bar at which the session closes, or, where the calendar has no closing times, on the
// next bar. With FillAt::next_open, "at once" is the next bar of the instrument.
//
// Resting orders meet a bar in price-time order: of an instrument's buys, and of its sells, what has no limit goes
// first, then the better limit, then the older order; between these queues, age counts.
//
// With a volume cap, an order may fill in parts; what is left rests, but an ioc order's is canceled and an auction's
// expires. A fok order fills whole or is canceled.
//
// What trades of a group's order is no longer open of the others: where one has filled, they are canceled. Stops of a
// group come first on a bar, so that where a bar has reached both a stop and a target, the stop has filled. A bracket's
// exits are placed when its entry has ended with a trade, as gtc orders for what was traded, and meet bars from the
// next one on.

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

/// Ends the open order as REPLACED and places the changed one in its group; a stop that has triggered stays triggered
/// unless its stop price is changed. With a denial, nothing has changed.
Placed replace_order(Context& context, OrderId order, const ReplaceOrder& changes);

/// Cancels the open order; false if there is no open one of that id.
[[nodiscard]] bool cancel_order(Context& context, OrderId order, Reason reason);
void cancel_all_orders(Context& context, Reason reason);

/// MARGIN_CALL: cancels the open orders and buys back what is short, at the market, whatever the limits say.
void buy_back_shorts(Context& context);

/// On a tick: expires the orders whose session or time is over, and gives those that wait for a session theirs.
void expire_orders(Context& context);
/// On a tick of an open market: fills what this tick's bars let fill, in price-time order. One that no
/// longer passes the checks is canceled with the reason. In a HALTED run, only what buys shorts back fills.
void fill_resting_orders(Context& context);

}  // namespace tradingd::engine
