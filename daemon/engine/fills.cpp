#include "daemon/engine/fills.h"

#include <algorithm>
#include <numeric>

#include "daemon/engine/fees.h"
#include "daemon/engine/order_types.h"

namespace tradingd::engine {

namespace {

constexpr Ratio kOne{kScale};

constexpr std::int64_t kPercent = 100;

/// Whether a stop at `stop` is reached.
bool is_beyond(Side side, Price price, Price stop) { return side == Side::buy ? price >= stop : price <= stop; }

bool is_allowed(Side side, Price price, Price limit) { return side == Side::buy ? price <= limit : price >= limit; }

bool is_one_price(const Bar& bar) { return bar.open == bar.close && bar.high == bar.low && bar.open == bar.high; }

Fill slipped(const RunConfig& config, const Terms& terms, Price price) {
  return {price, with_slippage(config.slippage, terms.side, price, terms.liquidity), terms.liquidity.quantity};
}

std::optional<Fill> through_limit(const Terms& terms, const Bar& bar) {
  const Price limit = *terms.limit_price;
  if (terms.side == Side::buy) {
    const Price price = std::min(bar.open, limit);
    return bar.low < limit ? std::optional(Fill{price, price, terms.liquidity.quantity}) : std::nullopt;
  }
  const Price price = std::max(bar.open, limit);
  return bar.high > limit ? std::optional(Fill{price, price, terms.liquidity.quantity}) : std::nullopt;
}

/// rate × share², share being the part of the volume that trades.
Ratio impact_of(Ratio rate, const Liquidity& liquidity) {
  const bool whole = !liquidity.volume.is_positive() || liquidity.quantity >= liquidity.volume;
  const Int128 share =
      whole ? kScale : divide_half_even(Int128{liquidity.quantity.units} * kScale, liquidity.volume.units);
  return {static_cast<std::int64_t>(divide_half_even(rate.units * share * share, Int128{kScale} * kScale))};
}

}  // namespace

Price with_slippage(const SlippageModel& slippage, Side side, Price price, const Liquidity& liquidity) {
  const auto away = [side](Ratio rate) { return side == Side::buy ? kOne + rate : kOne - rate; };
  Price moved = price;
  switch (slippage.kind) {
    case SlippageKind::none:
      return price;
    case SlippageKind::basis_points:
      moved = price * away(slippage.rate);
      break;
    case SlippageKind::ticks: {
      const Int128 distance = Int128{liquidity.tick_size.units} * slippage.ticks;
      const Int128 units = side == Side::buy ? price.units + distance : price.units - distance;
      moved = {static_cast<std::int64_t>(std::min<Int128>(units, kPriceMax.units))};
      break;
    }
    case SlippageKind::volume_share:
      moved = price * away(impact_of(slippage.rate, liquidity));
      break;
  }
  return std::max(moved, Price{1});
}

Terms terms_of(const Order& order) {
  return {order.side,
          order.type,
          auction_of(order.type, order.tif),
          order.limit_price,
          order.stop_price,
          order.triggered_at.has_value(),
          {}};
}

Meeting meet_price(const RunConfig& config, const Terms& terms, Price last) {
  Meeting meeting;
  meeting.triggered = terms.triggered;
  if (is_stop(terms.type) && !terms.triggered) {
    meeting.triggered = is_beyond(terms.side, last, *terms.stop_price);
    if (!meeting.triggered) {
      return meeting;
    }
  }
  if (!terms.limit_price) {
    meeting.fill = slipped(config, terms, last);
  } else if (is_allowed(terms.side, last, *terms.limit_price)) {
    meeting.fill = Fill{last, last, terms.liquidity.quantity};
  }
  return meeting;
}

Meeting meet_open(const RunConfig& config, const Terms& terms, const Bar& bar) {
  return meet_price(config, terms, bar.open);
}

Meeting meet_limit(const RunConfig&, const Terms& terms, const Bar& bar) {
  return {through_limit(terms, bar), terms.triggered};
}

Meeting meet_stop(const RunConfig& config, const Terms& terms, const Bar& bar) {
  if (terms.triggered) {
    return terms.limit_price ? meet_limit(config, terms, bar) : meet_open(config, terms, bar);
  }
  const Price stop = *terms.stop_price;
  const bool buy = terms.side == Side::buy;
  if (!is_beyond(terms.side, buy ? bar.high : bar.low, stop)) {
    return {};
  }
  const Price price = buy ? std::max(bar.open, stop) : std::min(bar.open, stop);
  if (!terms.limit_price) {
    return {slipped(config, terms, price), true};
  }
  if (is_allowed(terms.side, price, *terms.limit_price)) {
    return {Fill{price, price, terms.liquidity.quantity}, true};
  }
  // Only a bar that opened beyond the stop is known to have come back to the limit after the trigger.
  return {is_beyond(terms.side, bar.open, stop) ? through_limit(terms, bar) : std::nullopt, true};
}

Meeting meet_bar(const RunConfig& config, const Terms& terms, const Bar& bar) {
  if (terms.auction == Auction::close) {
    return meet_price(config, terms, bar.close);
  }
  if (terms.auction == Auction::open || is_one_price(bar)) {
    return meet_price(config, terms, bar.open);
  }
  return kind_of(terms.type).meet(config, terms, bar);
}

Price trailed_stop(const Order& order, std::optional<Price> current, Price extreme) {
  const Price distance =
      order.trail_amount ? *order.trail_amount : extreme * Ratio{order.trail_percent->units / kPercent};
  const Price stop = std::max(order.side == Side::buy ? extreme + distance : extreme - distance, Price{1});
  if (!current) {
    return stop;
  }
  return order.side == Side::buy ? std::min(stop, *current) : std::max(stop, *current);
}

Price reservation_price(const RunConfig& config, const Terms& terms, Price last) {
  return terms.limit_price ? *terms.limit_price : terms.stop_price.value_or(last) * (kOne + config.market_buffer);
}

Money cost_of(const RunConfig& config, Date date, Price price, Quantity quantity) {
  const Money notional = price * quantity;
  return notional + fee_of(config.fee, date, Side::buy, notional, quantity);
}

Quantity quantity_step(const RunConfig& config, const Instrument& instrument) {
  Int128 common = 1;
  for (const std::int64_t step : {config.quantity_step.units, instrument.quantity_step.units, instrument.lot.units}) {
    const auto divisor = std::gcd(static_cast<std::int64_t>(common), step);
    common = std::min<Int128>(common / divisor * step, kQuantityMax.units);
  }
  return {static_cast<std::int64_t>(common)};
}

}  // namespace tradingd::engine
