#pragma once
// Pre-trade checks: when an order arrives, and again before a resting one fills. Nothing here changes
// anything.

#include "daemon/engine/context.h"
#include "daemon/engine/fills.h"
#include "daemon/engine/input.h"

namespace tradingd::engine {

/// An order that somebody wants to place, with what the market says about it.
struct Proposal {
  const PlaceOrder& order;
  const Instrument* instrument = nullptr;  // nullptr: the feed doesn't have the symbol
  Terms terms;
  Quantity quantity;  // the order's, or what its notional buys
  std::optional<Price> last;
  std::optional<Fill> fill;  // if it would fill at once
  bool triggered = false;    // a stop that triggers at once
  OrderSource source = OrderSource::user;
  OrderId group;  // of the order that it names as its other; 0: none, or not an open one
};

/// Looks the order's instrument and price up and decides whether it would fill at once: with
/// FillAt::close, while the market is open, at the last price. `triggered`: it stands in for a stop that was.
[[nodiscard]] Proposal propose(const Context& context, const PlaceOrder& order, OrderSource source,
                               bool triggered = false);

/// The first rule in the order of Reason that the order breaks.
[[nodiscard]] Denial check_placing(const Context& context, const Proposal& proposal);
/// The same for a resting order that is about to fill: trading state, cash and position once more.
[[nodiscard]] Denial check_filling(const Context& context, const Order& order, const Fill& fill);

/// What the order holds back when it rests, or what of it doesn't fill at once. It must have passed the checks up to
/// Reason::no_price.
[[nodiscard]] Money reservation_for(const Context& context, const Proposal& proposal);

/// What the run's open orders on one side of an instrument can trade at most, those of the group `without` apart.
[[nodiscard]] Quantity open_quantity(const RunState& state, InstrumentId instrument, Side side, OrderId without = {});

}  // namespace tradingd::engine
