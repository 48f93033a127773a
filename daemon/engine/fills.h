#pragma once
// Fill models: whether and at what price an order trades, and what a trade costs. Pure arithmetic on
// configuration, order and bar. After LEAN's equity model: an order meets bars that begin after it was
// placed, and a resting limit is the last in its queue.

#include <optional>

#include "daemon/engine/config.h"
#include "daemon/engine/market.h"
#include "daemon/engine/order.h"

namespace tradingd::engine {

struct Fill {
  Price quoted;  // the market's
  Price price;   // the trader's: after slippage
};

/// The fee of a trade.
[[nodiscard]] Money fee_of(const FeeModel& fee, Money notional);
/// The largest notional that `budget` pays together with its fee; zero or less if the fee alone is too much.
[[nodiscard]] Money without_fee(const FeeModel& fee, Money budget);
/// `price` moved against the trader, at least one unit of 1e-8.
[[nodiscard]] Price with_slippage(const SlippageModel& slippage, Side side, Price price);

/// What decides on an order's fills.
struct Terms {
  Side side = Side::buy;
  OrderType type = OrderType::market;
  std::optional<Price> limit_price;  // of a limit order
};

/// The fill of an order that meets the market's last price: a market order at it, with slippage; a
/// limit order at it if its limit allows. nullopt: not now.
[[nodiscard]] std::optional<Fill> fill_at_last(const RunConfig& config, const Terms& terms, Price last);
/// The fill of a resting order on a bar that began after it was placed. A market order: the open, with
/// slippage. A limit buy: min(open, limit) if low < limit, or the price of a one-price row if it is at
/// the limit or below; a limit sell mirrors it.
[[nodiscard]] std::optional<Fill> fill_on_bar(const RunConfig& config, const Terms& terms, const Bar& bar);

/// Price at which an open buy reserves its cash: a limit order's limit, else last × (1 + market_buffer).
[[nodiscard]] Price reservation_price(const RunConfig& config, const Terms& terms, Price last);
/// Notional and fee.
[[nodiscard]] Money cost_of(const RunConfig& config, Price price, Quantity quantity);
/// The most that `amount` pays at `price` with the fee inside it; a multiple of `step`, zero if not one step.
[[nodiscard]] Quantity affordable_with_fee(const RunConfig& config, Money amount, Price price, Quantity step);

/// Quantities of this run in this instrument are multiples of it: the least common multiple of the
/// run's step and the instrument's, at most kQuantityMax.
[[nodiscard]] Quantity quantity_step(const RunConfig& config, const Instrument& instrument);

}  // namespace tradingd::engine
