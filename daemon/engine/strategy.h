#pragma once
// The plans that trade by themselves on a tick of an open market. Their orders are market orders: with
// FillAt::close they fill in the same tick, with FillAt::next_open they rest until the next bar.
//
// A plan places only orders that pass the checks; one that would not is named in its event with the
// reason, and leaves no rejected order behind. Plans trade only while the trading state is ACTIVE.

#include <string>
#include <string_view>
#include <vector>

#include "daemon/engine/context.h"
#include "daemon/engine/input.h"
#include "daemon/engine/orders.h"

namespace tradingd::engine {

/// What an installment that is due on `due` is for, value averaging apart.
[[nodiscard]] Money installment_amount(const SipPlan& plan, Date anchor, Date due);

/// Executes the due installments of the run's systematic investment plan.
///
/// An installment is due at its time on the session that its date is rolled to, and is executed on the first open
/// tick from then on. It is *missed* if the next one is due as well, if it was held up (by the trading state) for the
/// rest of that session, or if the session went by without an open tick; catch_up decides what becomes of missed ones.
/// Each ends as SIP_EXECUTED or SIP_SKIPPED with its number as the key.
///
/// What is invested is the amount and the residue of earlier installments, at most the available cash; what
/// that leaves over is the new residue.
void run_sip(Context& context);

/// Brings the run to its target weights when the schedule is due or a weight has drifted out of its band.
///
/// Sells come first. Buys are sized by the available cash: with FillAt::close after the sells have
/// filled in the same tick; with FillAt::next_open at the tick in which the last sell is no longer open
/// (StrategyState::rebalance_buys_due). Until its last order has ended, no other rebalance begins.
/// Positions outside the targets are sold.
void run_rebalance(Context& context);

/// What a plan has placed and left out; part of its event.
struct Placements {
  std::vector<OrderId> orders;
  std::string skipped;  // "AAPL:FORBIDDEN_SYMBOL MSFT:BELOW_MINIMUM_ORDER"
  Denial first_denial;

  void skip(std::string_view symbol, Denial denial);
  /// Appends "orders" ("1,2") and, where there are any, "skipped".
  void append_to(Fields& payload) const;
};

/// Places a plan's market order if it passes the checks. False: it didn't, and `placements` says why.
bool place_planned(Context& context, const std::string& symbol, Side side, Quantity quantity, OrderSource source,
                   Placements& placements);

/// A target or allocation with what the market says about it.
struct PlannedInstrument {
  const Instrument* instrument = nullptr;
  Price last;
  Denial denial;  // UNKNOWN_SYMBOL or NO_PRICE
};
[[nodiscard]] PlannedInstrument look_up(const Context& context, const std::string& symbol);

/// Quantity that a planned buy for `amount` is for, fee and slippage inside, as far as the available cash
/// goes: what it would reserve must be available.
[[nodiscard]] Quantity planned_buy(const Context& context, const PlannedInstrument& planned, Money amount);
/// What such a buy costs at the last price, fee and slippage included.
[[nodiscard]] Money planned_cost(const Context& context, const PlannedInstrument& planned, Quantity quantity);

}  // namespace tradingd::engine
