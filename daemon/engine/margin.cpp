#include "daemon/engine/margin.h"

#include <algorithm>

#include "daemon/engine/fees.h"
#include "daemon/engine/order_rules.h"
#include "daemon/engine/position.h"
#include "daemon/engine/risk.h"

namespace tradingd::engine {

namespace {

constexpr Ratio kOne{kScale};

Split split_of(Quantity quantity, Quantity free) {
  const Quantity closes = std::clamp(free, Quantity{}, std::max(quantity, Quantity{}));
  return {closes, quantity - closes};
}

/// Notional less the fee for a sale, with it for a buy: what a trade costs; negative if it brings money.
Money cost_of_trade(const Context& context, Side side, Price price, Quantity quantity) {
  const Money notional = price * quantity;
  const Money fee = fee_of(context.config().fee, context.market.session().date, side, notional, quantity);
  return side == Side::buy ? notional + fee : fee - notional;
}

Money tied_up(const Context& context, InstrumentId instrument, Quantity quantity) {
  return *context.last_price(instrument) * quantity * (kOne + context.config().short_selling->initial_margin);
}

}  // namespace

Split split_resting(const Context& context, InstrumentId instrument, Side side, Quantity quantity, OrderId without) {
  if (!context.config().short_selling) {
    return side == Side::buy ? Split{{}, quantity} : Split{quantity, {}};
  }
  const Quantity have = held(context.state, instrument);
  const Quantity promised = open_quantity(context.state, instrument, side, without);
  return split_of(quantity, (side == Side::buy ? -have : have) - promised);
}

Split split_now(const Context& context, InstrumentId instrument, Side side, Quantity quantity) {
  if (!context.config().short_selling) {
    return side == Side::buy ? Split{{}, quantity} : Split{quantity, {}};
  }
  const Quantity have = held(context.state, instrument);
  return split_of(quantity, side == Side::buy ? -have : have);
}

Money collateral(const RunState& state, const Market& market, Ratio margin) {
  Money sum;
  for (const Position& position : state.positions) {
    if (position.quantity.is_negative()) {
      const Market::Quote* quote = market.quote(position.instrument);
      TD_ASSERT(quote != nullptr);
      sum += quote->bar.close * -position.quantity * (kOne + margin);
    }
  }
  return sum;
}

Money spendable(const Context& context) {
  const std::optional<ShortSelling>& shorts = context.config().short_selling;
  const Money available = context.state.available();
  return shorts ? available - collateral(context.state, context.market, shorts->initial_margin) : available;
}

Money funding_needed(const Context& context, InstrumentId instrument, Side side, Price price, const Split& split) {
  const Money cost = cost_of_trade(context, side, price, split.closes + split.opens);
  if (side == Side::buy) {
    return split.closes.is_zero() ? cost : cost - tied_up(context, instrument, split.closes);
  }
  return split.opens.is_zero() ? cost : cost + tied_up(context, instrument, split.opens);
}

Denial check_funding(const Context& context, InstrumentId instrument, Side side, Price price, const Split& split,
                     Money released) {
  const bool only_closes = split.opens.is_zero();
  const Money needed = only_closes ? cost_of_trade(context, side, price, split.closes)
                                   : funding_needed(context, instrument, side, price, split);
  const Money available = (only_closes ? context.state.available() : spendable(context)) + released;
  if (needed.is_positive() && needed > available) {
    return {Reason::insufficient_cash, figures("needed", needed, "available", available)};
  }
  return {};
}

Money reservation_for(const Context& context, Side side, Price price, const Split& split) {
  if (split.opens.is_zero()) {
    return {};
  }
  if (side == Side::buy) {
    return cost_of_trade(context, side, price, split.opens);
  }
  const Money notional = price * split.opens;
  return notional * context.config().short_selling->initial_margin +
         fee_of(context.config().fee, context.market.session().date, side, notional, split.opens);
}

bool is_margin_breached(const Context& context) {
  const std::optional<ShortSelling>& shorts = context.config().short_selling;
  const RunState& state = context.state;
  const auto is_short = [](const Position& position) { return position.quantity.is_negative(); };
  const auto is_buying_back = [](const Order& order) { return order.source == OrderSource::liquidation; };
  return shorts && std::any_of(state.positions.begin(), state.positions.end(), is_short) &&
         std::none_of(state.open_orders.begin(), state.open_orders.end(), is_buying_back) &&
         state.cash < collateral(state, context.market, shorts->maintenance_margin);
}

}  // namespace tradingd::engine
