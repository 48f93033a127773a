#pragma once
// Short selling, after Regulation T of the Federal Reserve (12 CFR 220.12): a short position ties up its market value
// and, of that, a margin. New orders must leave the initial margin in cash; where the cash falls below the maintenance
// margin, the run's short positions are bought back. Holdings are no collateral here: cash alone is.

#include "daemon/engine/context.h"
#include "daemon/engine/fills.h"

namespace tradingd::engine {

/// How much of an order closes what is held the other way, and how much opens a position. In a run that can't sell
/// short, every buy opens and every sale closes.
struct Split {
  Quantity closes;
  Quantity opens;
};
/// Of an order that arrives: what is promised to the other open orders is taken already; those of the group `without`
/// are none of them.
[[nodiscard]] Split split_resting(const Context& context, InstrumentId instrument, Side side, Quantity quantity,
                                  OrderId without);
/// Of a trade that is about to be made.
[[nodiscard]] Split split_now(const Context& context, InstrumentId instrument, Side side, Quantity quantity);

/// What the short positions tie up at a margin: Σ value × (1 + margin).
[[nodiscard]] Money collateral(const RunState& state, const Market& market, Ratio margin);
/// What may be spent: cash that neither open orders nor, at the initial margin, short positions hold back. Negative
/// where prices have moved against the shorts.
[[nodiscard]] Money spendable(const Context& context);

/// INSUFFICIENT_CASH, unless the cash allows the trade; `released` is what its order has reserved. A trade that only
/// closes a short position may use what that has tied up.
[[nodiscard]] Denial check_funding(const Context& context, InstrumentId instrument, Side side, Price price,
                                   const Split& split, Money released);
/// What a trade takes of the spendable cash; negative where it sets some free.
[[nodiscard]] Money funding_needed(const Context& context, InstrumentId instrument, Side side, Price price,
                                   const Split& split);
/// What an order holds back while `split` of it rests; `price` is the one that it is reckoned at.
[[nodiscard]] Money reservation_for(const Context& context, Side side, Price price, const Split& split);

/// Cash is below the maintenance margin, and no buying back is under way.
[[nodiscard]] bool is_margin_breached(const Context& context);

}  // namespace tradingd::engine
