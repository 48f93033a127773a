#include "daemon/engine/risk.h"

#include <algorithm>
#include <array>

#include "daemon/engine/accounting.h"

namespace tradingd::engine {

namespace {

template <typename Needed, typename Available>
std::string figures(const char* first, Needed needed, const char* second, Available available) {
  return std::string(first) + "=" + to_string(needed) + " " + second + "=" + to_string(available);
}

bool contains(const std::vector<std::string>& symbols, const std::string& symbol) {
  return std::find(symbols.begin(), symbols.end(), symbol) != symbols.end();
}

/// The price by which the order is judged before it has traded.
std::optional<Price> judged_price(const Proposal& proposal) {
  if (proposal.fill) {
    return proposal.fill->price;
  }
  return proposal.terms.limit_price ? proposal.terms.limit_price : proposal.last;
}

Denial check_cash_change(Money cost, Money available) {
  if (cost > available) {
    return {Reason::insufficient_cash, figures("needed", cost, "available", available)};
  }
  return {};
}

/// A fee above the proceeds can make a sale cost money.
Money cost_of_sale(const RunConfig& config, Price price, Quantity quantity) {
  const Money notional = price * quantity;
  return fee_of(config.fee, notional) - notional;
}

Denial check_resulting_position(const Limits& limits, Quantity resulting, Price price) {
  const Quantity most = std::min(limits.max_position_quantity.value_or(kPositionMax), kPositionMax);
  if (resulting > most) {
    return {Reason::max_position_exceeded, figures("resulting", resulting, "maximum", most)};
  }
  if (limits.max_position_value && price * resulting > *limits.max_position_value) {
    return {Reason::max_position_exceeded,
            figures("resulting_value", price * resulting, "maximum_value", *limits.max_position_value)};
  }
  return {};
}

Denial check_notional_minimum(Price price, Quantity quantity) {
  if (!(price * quantity).is_positive()) {
    return {Reason::notional_below_minimum, "the order is worth less than 0.00000001"};
  }
  return {};
}

// The checks on placing. Each may rely on those before it.

Denial check_trading_state(const Context& context, const Proposal& proposal) {
  switch (context.state.trading_state) {
    case TradingState::active:
      return {};
    case TradingState::halted:
      return {Reason::trading_halted, {}};
    case TradingState::reducing:
      return {proposal.terms.side == Side::buy ? Reason::trading_state_reducing : Reason::none, {}};
  }
  TD_ASSERT(false);
}

Denial check_symbol(const Context& context, const Proposal& proposal) {
  const std::string& symbol = proposal.order.symbol;
  const Limits& limits = context.config().limits;
  if (proposal.instrument == nullptr) {
    return {Reason::unknown_symbol, "symbol=" + symbol};
  }
  if (contains(limits.forbidden_symbols, symbol)) {
    return {Reason::forbidden_symbol, "symbol=" + symbol};
  }
  if (!limits.allowed_symbols.empty() && !contains(limits.allowed_symbols, symbol)) {
    return {Reason::symbol_not_allowed, "symbol=" + symbol};
  }
  return {};
}

/// The one place that says which orders the engine carries out.
Denial check_kind(const Context&, const Proposal& proposal) {
  const OrderType type = proposal.order.type;
  const TimeInForce tif = proposal.order.tif;
  if ((type == OrderType::market || type == OrderType::limit) && (tif == TimeInForce::day || tif == TimeInForce::gtc) &&
      !proposal.order.stop_price) {
    return {};
  }
  return {Reason::unsupported_order,
          "type=" + std::string(to_text(type)) + " time_in_force=" + std::string(to_text(tif))};
}

Denial check_quantity(const Context& context, const Proposal& proposal) {
  const Quantity quantity = proposal.order.quantity;
  const Quantity step = quantity_step(context.config(), *proposal.instrument);
  if (!quantity.is_positive() || quantity.units % step.units != 0) {
    return {Reason::invalid_quantity, figures("quantity", quantity, "step", step)};
  }
  return {};
}

Denial check_price(const Context&, const Proposal& proposal) {
  const std::optional<Price> limit = proposal.order.limit_price;
  if (proposal.terms.type == OrderType::market) {
    return limit ? Denial{Reason::invalid_price, "a market order takes no limit price"} : Denial{};
  }
  if (!limit) {
    return {Reason::invalid_price, "a limit order needs a limit price"};
  }
  const Price tick = proposal.instrument->tick_size;
  if (!limit->is_positive() || *limit > kPriceMax || limit->units % tick.units != 0) {
    return {Reason::invalid_price, figures("limit", *limit, "tick", tick)};
  }
  return {};
}

Denial check_size(const Context& context, const Proposal& proposal) {
  const Quantity quantity = proposal.order.quantity;
  if (quantity > kQuantityMax) {
    return {Reason::quantity_above_maximum, figures("quantity", quantity, "maximum", kQuantityMax)};
  }
  const std::optional<Price> price = judged_price(proposal);
  if (!price) {
    return {};
  }
  if (Denial denial = check_notional_minimum(*price, quantity)) {
    return denial;
  }
  const std::optional<Money>& most = context.config().limits.max_order_notional;
  if (most && *price * quantity > *most) {
    return {Reason::notional_above_maximum, figures("notional", *price * quantity, "maximum", *most)};
  }
  return {};
}

Denial check_quote(const Context&, const Proposal& proposal) {
  if (!judged_price(proposal)) {
    return {Reason::no_price, "symbol=" + proposal.order.symbol};
  }
  return {};
}

Denial check_cash(const Context& context, const Proposal& proposal) {
  return check_cash_change(cash_needed(context, proposal), context.state.available());
}

Denial check_position(const Context& context, const Proposal& proposal) {
  if (proposal.terms.side == Side::buy) {
    return {};
  }
  const InstrumentId instrument = proposal.instrument->id;
  const Quantity free = held(context.state, instrument) - open_quantity(context.state, instrument, Side::sell);
  if (proposal.order.quantity > free) {
    return {Reason::insufficient_position, figures("needed", proposal.order.quantity, "available", free)};
  }
  return {};
}

Denial check_max_position(const Context& context, const Proposal& proposal) {
  if (proposal.terms.side == Side::sell) {
    return {};
  }
  const InstrumentId instrument = proposal.instrument->id;
  const Quantity resulting =
      held(context.state, instrument) + open_quantity(context.state, instrument, Side::buy) + proposal.order.quantity;
  return check_resulting_position(context.config().limits, resulting, *judged_price(proposal));
}

Denial check_open_orders(const Context& context, const Proposal& proposal) {
  const std::optional<std::int32_t>& most = context.config().limits.max_open_orders;
  if (most && !proposal.fill && context.state.open_orders.size() >= static_cast<std::size_t>(*most)) {
    return {Reason::max_open_orders_exceeded, "maximum=" + std::to_string(*most)};
  }
  return {};
}

// In the order of Reason.
constexpr std::array kPlacingChecks{
    check_trading_state, check_symbol, check_kind,     check_quantity,     check_price,       check_size,
    check_quote,         check_cash,   check_position, check_max_position, check_open_orders,
};

}  // namespace

Proposal propose(const Context& context, const PlaceOrder& order) {
  Proposal proposal{order, context.market.find(order.symbol), {order.side, order.type, order.limit_price}, {}, {}};
  if (proposal.instrument == nullptr) {
    return proposal;
  }
  proposal.last = context.last_price(proposal.instrument->id);
  if (proposal.last && context.config().fill_at == FillAt::close && context.market.session().open) {
    proposal.fill = fill_at_last(context.config(), proposal.terms, *proposal.last);
  }
  return proposal;
}

Denial check_placing(const Context& context, const Proposal& proposal) {
  for (const auto check : kPlacingChecks) {
    if (Denial denial = check(context, proposal)) {
      return denial;
    }
  }
  return {};
}

Denial check_filling(const Context& context, const Order& order, const Fill& fill) {
  const RunState& state = context.state;
  const Quantity quantity = order.open_quantity();
  const bool buy = order.side == Side::buy;
  if (buy && state.trading_state == TradingState::reducing) {
    return {Reason::trading_state_reducing, {}};
  }
  if (Denial denial = check_notional_minimum(fill.price, quantity)) {
    return denial;
  }
  const Money cost =
      buy ? cost_of(context.config(), fill.price, quantity) : cost_of_sale(context.config(), fill.price, quantity);
  if (Denial denial = check_cash_change(cost, state.available() + order.reserved)) {
    return denial;
  }
  return buy ? check_resulting_position(context.config().limits, held(state, order.instrument) + quantity, fill.price)
             : Denial{};
}

Money cash_needed(const Context& context, const Proposal& proposal) {
  const RunConfig& config = context.config();
  const Quantity quantity = proposal.order.quantity;
  if (proposal.terms.side == Side::sell) {
    // A resting sale is judged when it fills.
    return proposal.fill ? std::max(cost_of_sale(config, proposal.fill->price, quantity), Money{}) : Money{};
  }
  if (proposal.fill) {
    return cost_of(config, proposal.fill->price, quantity);
  }
  return cost_of(config, reservation_price(config, proposal.terms, proposal.last.value_or(Price{})), quantity);
}

Quantity open_quantity(const RunState& state, InstrumentId instrument, Side side) {
  Quantity sum;
  for (const Order& order : state.open_orders) {
    if (order.instrument == instrument && order.side == side) {
      sum += order.open_quantity();
    }
  }
  return sum;
}

}  // namespace tradingd::engine
