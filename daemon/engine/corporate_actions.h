#pragma once
// Splits, cash dividends and changes of symbol: what they make of a run's holdings, lots and open orders. They come
// with the first tick of their ex-date, before it trades.

#include <span>

#include "daemon/engine/context.h"

namespace tradingd::engine {

/// Applies them in their order; one that touches nothing of the run leaves no event.
///   split: quantities × ratio, prices ÷ ratio. What is less than a step of a holding is paid out at the last price;
///     of an order it is dropped, and an order of which nothing is left is canceled.
///   dividend: amount × holding is paid in; a short position pays it.
///   symbol_change: holding, lots and open orders move to the new instrument; what was realised stays.
void apply_actions(Context& context, std::span<const CorporateAction> actions);

}  // namespace tradingd::engine
