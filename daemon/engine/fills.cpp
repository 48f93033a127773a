#include "daemon/engine/fills.h"

#include <algorithm>
#include <numeric>

namespace tradingd::engine {

namespace {

constexpr Ratio kOne{kScale};

constexpr std::int64_t kPercent = 100;

/// Whether a stop at `stop` is reached.
bool is_beyond(Side side, Price price, Price stop) { return side == Side::buy ? price >= stop : price <= stop; }

bool is_allowed(Side side, Price price, Price limit) { return side == Side::buy ? price <= limit : price >= limit; }

bool is_one_price(const Bar& bar) { return bar.open == bar.close && bar.high == bar.low && bar.open == bar.high; }

std::optional<Fill> meet_limit(const Terms& terms, const Bar& bar) {
  const Price limit = *terms.limit_price;
  if (terms.side == Side::buy) {
    const Price price = std::min(bar.open, limit);
    return bar.low < limit ? std::optional(Fill{price, price}) : std::nullopt;
  }
  const Price price = std::max(bar.open, limit);
  return bar.high > limit ? std::optional(Fill{price, price}) : std::nullopt;
}

Meeting meet_stop(const RunConfig& config, const Terms& terms, const Bar& bar) {
  const Price stop = *terms.stop_price;
  const bool buy = terms.side == Side::buy;
  if (!is_beyond(terms.side, buy ? bar.high : bar.low, stop)) {
    return {};
  }
  const Price price = buy ? std::max(bar.open, stop) : std::min(bar.open, stop);
  if (!terms.limit_price) {
    return {Fill{price, with_slippage(config.slippage, terms.side, price)}, true};
  }
  if (is_allowed(terms.side, price, *terms.limit_price)) {
    return {Fill{price, price}, true};
  }
  // Only a bar that opened beyond the stop is known to have come back to the limit after the trigger.
  return {is_beyond(terms.side, bar.open, stop) ? meet_limit(terms, bar) : std::nullopt, true};
}

/// The largest notional that `budget` pays together with a fee of `rate` of it.
Money without_rate(Ratio rate, Money budget) {
  // Rounded down: with n = floor(b / (1 + r)), b - n is a whole number of units that is not below
  // n × r, hence not below n × r rounded either, so that n with its fee never exceeds b.
  if (!budget.is_positive()) {
    return {};
  }
  Int128 scaled = 0;
  TD_ASSERT(!__builtin_mul_overflow(budget.units, static_cast<Int128>(kScale), &scaled));
  return {scaled / (kScale + static_cast<Int128>(rate.units))};
}

}  // namespace

Money fee_of(const FeeModel& fee, Money notional, Quantity quantity) {
  switch (fee.kind) {
    case FeeKind::none:
      return {};
    case FeeKind::fixed:
      return fee.fixed;
    case FeeKind::basis_points:
      return std::max(notional * fee.rate, fee.minimum);
    case FeeKind::per_share:
      return std::max(fee.per_share * quantity, fee.minimum);
  }
  TD_ASSERT(false);
}

Price with_slippage(const SlippageModel& slippage, Side side, Price price) {
  if (slippage.kind == SlippageKind::none) {
    return price;
  }
  const Price moved = price * (side == Side::buy ? kOne + slippage.rate : kOne - slippage.rate);
  return std::max(moved, Price{1});
}

Terms terms_of(const Order& order) {
  return {order.side,        order.type,       auction_of(order.type, order.tif),
          order.limit_price, order.stop_price, order.triggered_at.has_value()};
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
    meeting.fill = Fill{last, with_slippage(config.slippage, terms.side, last)};
  } else if (is_allowed(terms.side, last, *terms.limit_price)) {
    meeting.fill = Fill{last, last};
  }
  return meeting;
}

Meeting meet_bar(const RunConfig& config, const Terms& terms, const Bar& bar) {
  if (terms.auction == Auction::close) {
    return meet_price(config, terms, bar.close);
  }
  const bool rests = terms.limit_price || is_stop(terms.type);
  if (terms.auction == Auction::open || !rests || is_one_price(bar)) {
    return meet_price(config, terms, bar.open);
  }
  return is_stop(terms.type) && !terms.triggered ? meet_stop(config, terms, bar)
                                                 : Meeting{meet_limit(terms, bar), terms.triggered};
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

Money cost_of(const RunConfig& config, Price price, Quantity quantity) {
  const Money notional = price * quantity;
  return notional + fee_of(config.fee, notional, quantity);
}

Quantity affordable_with_fee(const RunConfig& config, Money amount, Price price, Quantity step) {
  const FeeModel& fee = config.fee;
  const Money rest = amount - (fee.kind == FeeKind::fixed ? fee.fixed : fee.minimum);
  const Quantity above_minimum = affordable(rest, price, step);
  switch (fee.kind) {
    case FeeKind::none:
    case FeeKind::fixed:
      return above_minimum;
    case FeeKind::basis_points:
      return std::min(above_minimum, affordable(without_rate(fee.rate, amount), price, step));
    case FeeKind::per_share: {
      // Notional and fee are rounded apart, so that their sum can exceed what was reckoned with by a unit.
      Quantity quantity = std::min(above_minimum, affordable(amount, price + fee.per_share, step));
      if (quantity.is_positive() && cost_of(config, price, quantity) > amount) {
        quantity -= step;
      }
      return quantity;
    }
  }
  TD_ASSERT(false);
}

Quantity quantity_step(const RunConfig& config, const Instrument& instrument) {
  const std::int64_t run_step = config.quantity_step.units;
  const std::int64_t own_step = instrument.quantity_step.units;
  const Int128 common = static_cast<Int128>(run_step / std::gcd(run_step, own_step)) * own_step;
  return {static_cast<std::int64_t>(std::min<Int128>(common, kQuantityMax.units))};
}

}  // namespace tradingd::engine
