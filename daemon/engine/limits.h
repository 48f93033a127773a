#pragma once
// The limits that look beyond one order: how many orders, how much exposure, how large a loss. The last two of
// them change the trading state by themselves; resuming is a command with a person's reason.

#include "daemon/engine/risk.h"

namespace tradingd::engine {

// Checks on placing, each for one reason. They may rely on the checks before them in the order of Reason.
[[nodiscard]] Denial check_order_rate(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_collar(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_price_age(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_daily_orders(const Context& context, const Proposal& proposal);
/// Holdings at their last prices, what open buys are for, and `more` on top.
[[nodiscard]] Denial check_exposure(const Context& context, Money more, OrderId without);

/// Counts an order that somebody placed, accepted or not, for the limits that are by number.
void count_order(Context& context, OrderSource source, bool accepted);

/// On a tick, before anything else: begins the day's counts anew with the session's date.
void begin_day(Context& context);
/// After a mark: REDUCING when the day has lost more than max_daily_loss since the last mark before it, HALTED when
/// equity is further than max_drawdown below its high-water mark. Money paid in or out is neither gain nor loss.
void watch_equity(Context& context, Money equity);
/// Money was paid in or out.
void shift_equity(RunState& state, Money amount);
/// Replaces the user's limits. What a limit counts that the run had not before is counted from here on.
void set_ceiling(Context& context, std::shared_ptr<const Limits> limits);
/// Trading was resumed: losses count from here on.
void forgive_losses(RunState& state);

}  // namespace tradingd::engine
