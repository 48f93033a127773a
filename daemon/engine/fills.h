#pragma once
// Fill models: whether and at what price an order trades, and what a trade costs. Pure arithmetic on
// configuration, order and bar. After LEAN's equity model: an order meets bars that begin after it was
// placed, and a resting limit is the last in its queue.

#include <algorithm>
#include <optional>

#include "daemon/engine/config.h"
#include "daemon/engine/market.h"
#include "daemon/engine/order.h"

namespace tradingd::engine {

struct Fill {
  Price quoted;       // the market's
  Price price;        // the trader's: after slippage
  Quantity quantity;  // how much of the order
};

/// What an order of this size meets in the market.
struct Liquidity {
  Quantity quantity;  // that would trade
  Price tick_size{1};
  Quantity volume;  // of the bar; zero: not known
};

/// `price` moved against the trader, at least one unit of 1e-8.
[[nodiscard]] Price with_slippage(const SlippageModel& slippage, Side side, Price price, const Liquidity& liquidity);

/// What decides on an order's fills.
struct Terms {
  Side side = Side::buy;
  OrderType type = OrderType::market;
  Auction auction = Auction::none;
  std::optional<Price> limit_price;
  std::optional<Price> stop_price;
  bool triggered = false;  // of a stop: its stop price was reached before
  Liquidity liquidity;
};
/// Without its liquidity.
[[nodiscard]] Terms terms_of(const Order& order);

/// What comes of an order that meets a price or a bar.
struct Meeting {
  std::optional<Fill> fill;
  bool triggered = false;  // a stop's price was reached, now or before
};

/// An order that meets the market's last price: a market order fills at it, with slippage; a limit order at it
/// if its limit allows; a stop triggers if it is at the stop or beyond, and is a market or a limit order then.
[[nodiscard]] Meeting meet_price(const RunConfig& config, const Terms& terms, Price last);

/// A resting order that meets a bar that began after it was placed: in an auction, at the open or the close, with
/// slippage, or if the limit allows; a one-price row as `meet_price` has it; all else as its type does
/// (order_types.h). What the bar leaves open is decided against the trader.
[[nodiscard]] Meeting meet_bar(const RunConfig& config, const Terms& terms, const Bar& bar);
// How types do, for buys; sells mirror them.
/// The open, with slippage.
[[nodiscard]] Meeting meet_open(const RunConfig& config, const Terms& terms, const Bar& bar);
/// min(open, limit) if low < limit; touched only, others were first.
[[nodiscard]] Meeting meet_limit(const RunConfig& config, const Terms& terms, const Bar& bar);
/// Triggers if high ≥ stop. Without a limit: max(open, stop), with slippage; what the bar leaves of it is a market
/// order on the next one. With one: max(open, stop) if the limit allows it; a bar that opened beyond the limit and came
/// back fills at the limit. Triggered on an earlier bar: as a limit.
[[nodiscard]] Meeting meet_stop(const RunConfig& config, const Terms& terms, const Bar& bar);

/// The stop price of a trailing stop after the market has been at `extreme` (its high for a sell, its low for a
/// buy): `trail_amount` or `trail_percent` away from it, but never further from the market than `current`.
[[nodiscard]] Price trailed_stop(const Order& order, std::optional<Price> current, Price extreme);

/// Price at which an open buy reserves its cash: its limit, else (stop or last) × (1 + market_buffer).
[[nodiscard]] Price reservation_price(const RunConfig& config, const Terms& terms, Price last);
/// Notional and fee of a buy in a session of that date.
[[nodiscard]] Money cost_of(const RunConfig& config, Date date, Price price, Quantity quantity);

/// The most of at most `most` whose cost (of a quantity, growing with it) `amount` pays; a multiple of `step`, zero if
/// not one step.
template <typename Cost>
[[nodiscard]] Quantity most_payable(Money amount, Quantity most, Quantity step, Cost cost) {
  std::int64_t low = 0;
  std::int64_t high = most.units / step.units;
  // Mostly the whole of it, or a little less: halving comes after a look at the top.
  for (std::int64_t below = 1; low < high; below *= 2) {
    const std::int64_t tried = high - std::min(below - 1, high - low - 1);
    if (cost(Quantity{tried * step.units}) <= amount) {
      low = tried;
      break;
    }
    high = tried - 1;
  }
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (cost(Quantity{middle * step.units}) <= amount) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return {low * step.units};
}

/// Quantities of this run in this instrument are multiples of it: the least common multiple of the
/// run's step, the instrument's and its lot, at most kQuantityMax.
[[nodiscard]] Quantity quantity_step(const RunConfig& config, const Instrument& instrument);

}  // namespace tradingd::engine
