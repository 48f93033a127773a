#include "daemon/engine/risk.h"

#include <algorithm>
#include <array>

#include "daemon/engine/accounting.h"
#include "daemon/engine/limits.h"

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
  if (proposal.terms.limit_price) {
    return proposal.terms.limit_price;
  }
  return proposal.terms.stop_price ? proposal.terms.stop_price : proposal.last;
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
  return fee_of(config.fee, notional, quantity) - notional;
}

Denial check_resulting_position(const Context& context, Quantity resulting, Price price) {
  const Limits& limits = context.config().limits;
  const Quantity most = std::min(limits.max_position_quantity.value_or(kPositionMax), kPositionMax);
  if (resulting > most) {
    return {Reason::max_position_exceeded, figures("resulting", resulting, "maximum", most)};
  }
  if (limits.max_position_value && price * resulting > *limits.max_position_value) {
    return {Reason::max_position_exceeded,
            figures("resulting_value", price * resulting, "maximum_value", *limits.max_position_value)};
  }
  if (limits.max_position_share) {
    const Money equity = context.state.cash + value_positions(context.state, context.market).market_value;
    const Money most_value = equity * *limits.max_position_share;
    if (price * resulting > most_value) {
      return {Reason::max_position_exceeded,
              figures("resulting_value", price * resulting, "maximum_value", most_value)};
    }
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

/// Which times in force an order type goes with, and which prices it takes. In the order of OrderType.
struct Kind {
  std::string_view times_in_force;  // a character for each, in the order of TimeInForce
  bool limit;
  bool stop;
  bool trail;
};
constexpr std::array kKinds{
    //    day gtc gtd ioc fok opg cls
    Kind{"xxxxxxx", false, false, false},  // market
    Kind{"xxxxxxx", true, false, false},   // limit
    Kind{"xxx....", false, true, false},   // stop
    Kind{"xxx....", true, true, false},    // stop_limit
    Kind{"xxx....", false, false, true},   // trailing_stop
    Kind{"x....x.", false, false, false},  // market_on_open
    Kind{"x.....x", false, false, false},  // market_on_close
};

const Kind& kind_of(const PlaceOrder& order) { return kKinds.at(static_cast<std::size_t>(order.type)); }

/// The one place that says which orders the engine carries out.
Denial check_kind(const Context&, const Proposal& proposal) {
  const PlaceOrder& order = proposal.order;
  if (kind_of(order).times_in_force.at(static_cast<std::size_t>(order.tif)) != 'x') {
    return {Reason::unsupported_order,
            "type=" + std::string(to_text(order.type)) + " time_in_force=" + std::string(to_text(order.tif))};
  }
  if ((order.tif == TimeInForce::gtd) != order.expires_at.has_value()) {
    return {Reason::unsupported_order, "a gtd order, and no other, has the time at which it expires"};
  }
  if (order.notional && (order.type != OrderType::market || !order.quantity.is_zero())) {
    return {Reason::unsupported_order, "only a market order without a quantity can be for an amount"};
  }
  if ((order.take_profit || order.stop_loss) &&
      !(order.take_profit && order.stop_loss && order.side == Side::buy && order.oco.value == 0)) {
    return {Reason::unsupported_order, "a bracket is a buy with both take_profit and stop_loss"};
  }
  return {};
}

Denial check_quantity(const Context& context, const Proposal& proposal) {
  const Quantity quantity = proposal.quantity;
  if (proposal.order.notional) {
    if (!proposal.order.notional->is_positive() || *proposal.order.notional > kMoneyMax) {
      return {Reason::invalid_quantity, "notional=" + to_string(*proposal.order.notional)};
    }
    return {};
  }
  const Quantity step = quantity_step(context.config(), *proposal.instrument);
  if (!quantity.is_positive() || quantity.units % step.units != 0) {
    return {Reason::invalid_quantity, figures("quantity", quantity, "step", step)};
  }
  return {};
}

/// A price of an order: there where `wanted`, and nowhere else; positive, in range and on the tick.
Denial check_one_price(const Proposal& proposal, const char* name, std::optional<Price> price, bool wanted) {
  if (price.has_value() != wanted) {
    const std::string type{to_text(proposal.order.type)};
    return {Reason::invalid_price, "type=" + type + (wanted ? " needs " : " takes no ") + name};
  }
  const Price tick = proposal.instrument->tick_size;
  if (price && (!price->is_positive() || *price > kPriceMax || price->units % tick.units != 0)) {
    return {Reason::invalid_price, figures(name, *price, "tick", tick)};
  }
  return {};
}

Denial check_trail(const Proposal& proposal) {
  const PlaceOrder& order = proposal.order;
  const bool trails = kind_of(order).trail;
  if (Denial denial = check_one_price(proposal, "trail_amount", order.trail_amount, trails && !order.trail_percent)) {
    return denial;
  }
  constexpr std::int64_t kPercent = 100;  // in a ratio, and so the step of one in percent
  const std::optional<Ratio> percent = order.trail_percent;
  if (percent &&
      (!trails || !percent->is_positive() || percent->units >= kPercent * kScale || percent->units % kPercent != 0)) {
    return {Reason::invalid_price, "trail_percent=" + to_string(*percent)};
  }
  return {};
}

Denial check_price(const Context&, const Proposal& proposal) {
  const PlaceOrder& order = proposal.order;
  if (Denial denial = check_one_price(proposal, "limit", order.limit_price, kind_of(order).limit)) {
    return denial;
  }
  if (Denial denial = check_one_price(proposal, "stop", order.stop_price, kind_of(order).stop)) {
    return denial;
  }
  if (Denial denial = check_trail(proposal)) {
    return denial;
  }
  if (!order.take_profit || !order.stop_loss) {
    return {};
  }
  if (Denial denial = check_one_price(proposal, "take_profit", order.take_profit, true)) {
    return denial;
  }
  if (*order.take_profit <= *order.stop_loss) {
    return {Reason::invalid_price, figures("take_profit", *order.take_profit, "stop_loss", *order.stop_loss)};
  }
  return check_one_price(proposal, "stop_loss", order.stop_loss, true);
}

Denial check_size(const Context& context, const Proposal& proposal) {
  const Quantity quantity = proposal.quantity;
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
  const std::optional<Money>& least = context.config().limits.min_order_notional;
  if (least && *price * quantity < *least) {
    return {Reason::notional_below_minimum, figures("notional", *price * quantity, "minimum", *least)};
  }
  const std::optional<Money>& most = context.config().limits.max_order_notional;
  if (most && *price * quantity > *most) {
    return {Reason::notional_above_maximum, figures("notional", *price * quantity, "maximum", *most)};
  }
  return {};
}

Denial check_quote(const Context&, const Proposal& proposal) {
  const bool needs_last = proposal.order.notional || proposal.order.type == OrderType::trailing_stop;
  if (!judged_price(proposal) || (needs_last && !proposal.last)) {
    return {Reason::no_price, "symbol=" + proposal.order.symbol};
  }
  return {};
}

Denial check_time(const Context& context, const Proposal& proposal) {
  const PlaceOrder& order = proposal.order;
  if (order.expires_at && *order.expires_at <= context.time) {
    return {Reason::expire_time_in_past, "expires_at=" + format_time(*order.expires_at)};
  }
  const Session& session = context.market.session();
  if (!session.open && (order.tif == TimeInForce::ioc || order.tif == TimeInForce::fok)) {
    return {Reason::market_closed, {}};
  }
  // With FillAt::next_open the order is for a later bar, and so for a later close.
  if (proposal.terms.auction == Auction::close && context.config().fill_at == FillAt::close && session.open &&
      session.closes && context.time >= *session.closes) {
    return {Reason::too_late_for_close, "closes=" + format_time(*session.closes)};
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
  const Quantity free =
      held(context.state, instrument) - open_quantity(context.state, instrument, Side::sell, proposal.group);
  if (proposal.quantity > free) {
    return {Reason::insufficient_position, figures("needed", proposal.quantity, "available", free)};
  }
  return {};
}

Denial check_max_position(const Context& context, const Proposal& proposal) {
  if (proposal.terms.side == Side::sell) {
    return {};
  }
  const InstrumentId instrument = proposal.instrument->id;
  const Quantity resulting = held(context.state, instrument) +
                             open_quantity(context.state, instrument, Side::buy, proposal.group) + proposal.quantity;
  return check_resulting_position(context, resulting, *judged_price(proposal));
}

Denial check_gross_exposure(const Context& context, const Proposal& proposal) {
  return proposal.terms.side == Side::sell ? Denial{}
                                           : check_exposure(context, *judged_price(proposal) * proposal.quantity, {});
}

Denial check_open_orders(const Context& context, const Proposal& proposal) {
  const std::optional<std::int32_t>& most = context.config().limits.max_open_orders;
  if (most && !proposal.fill && context.state.open_orders.size() >= static_cast<std::size_t>(*most)) {
    return {Reason::max_open_orders_exceeded, "maximum=" + std::to_string(*most)};
  }
  return {};
}

Denial check_group(const Context&, const Proposal& proposal) {
  if (proposal.order.oco.value != 0 && proposal.group.value == 0) {
    return {Reason::order_not_open, "oco=" + std::to_string(proposal.order.oco.value)};
  }
  return {};
}

// In the order of Reason.
constexpr std::array kPlacingChecks{
    check_trading_state, check_order_rate,   check_symbol,         check_kind,        check_quantity,     check_price,
    check_size,          check_collar,       check_quote,          check_price_age,   check_time,         check_cash,
    check_position,      check_max_position, check_gross_exposure, check_open_orders, check_daily_orders, check_group,
};

/// What the open order `other` and the new one will be a group by; 0: it isn't open.
OrderId group_with(const RunState& state, OrderId other) {
  for (const Order& order : state.open_orders) {
    if (order.id == other) {
      return order.group.value != 0 ? order.group : order.id;
    }
  }
  return {};
}

/// Whether its stop can be reckoned with before the checks have looked at it.
bool has_sane_stop(const PlaceOrder& order) {
  if (order.type != OrderType::trailing_stop) {
    return is_stop(order.type) == order.stop_price.has_value();
  }
  return order.trail_amount
             ? order.trail_amount->is_positive() && *order.trail_amount <= kPriceMax
             : order.trail_percent && order.trail_percent->is_positive() && order.trail_percent->units < kScale * 100;
}

}  // namespace

Proposal propose(const Context& context, const PlaceOrder& order, OrderSource source) {
  const RunConfig& config = context.config();
  Proposal proposal{order, context.market.find(order.symbol), {}, order.quantity, {}, {}, false, source, {}};
  proposal.terms = {order.side, order.type, auction_of(order.type, order.tif), order.limit_price, order.stop_price};
  if (order.oco.value != 0) {
    proposal.group = group_with(context.state, order.oco);
  }
  if (proposal.instrument == nullptr || !has_sane_stop(order)) {
    return proposal;
  }
  proposal.last = context.last_price(proposal.instrument->id);
  if (!proposal.last) {
    return proposal;
  }
  if (order.type == OrderType::trailing_stop) {
    Order trailing;
    trailing.side = order.side;
    trailing.trail_amount = order.trail_amount;
    trailing.trail_percent = order.trail_percent;
    proposal.terms.stop_price = trailed_stop(trailing, std::nullopt, *proposal.last);
  } else if (proposal.terms.auction == Auction::none && config.fill_at == FillAt::close &&
             context.market.session().open) {
    const Meeting meeting = meet_price(config, proposal.terms, *proposal.last);
    proposal.fill = meeting.fill;
    proposal.triggered = meeting.triggered;
  }
  if (order.notional && order.notional->is_positive() && *order.notional <= kMoneyMax) {
    const Price price = proposal.fill ? proposal.fill->price : *proposal.last;
    proposal.quantity = affordable(*order.notional, price, quantity_step(config, *proposal.instrument));
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
  if (!buy) {
    return {};
  }
  if (Denial denial = check_resulting_position(context, held(state, order.instrument) + quantity, fill.price)) {
    return denial;
  }
  return check_exposure(context, fill.price * quantity, order.id);
}

Money cash_needed(const Context& context, const Proposal& proposal) {
  const RunConfig& config = context.config();
  const Quantity quantity = proposal.quantity;
  if (proposal.terms.side == Side::sell) {
    // A resting sale is judged when it fills.
    return proposal.fill ? std::max(cost_of_sale(config, proposal.fill->price, quantity), Money{}) : Money{};
  }
  if (proposal.fill) {
    return cost_of(config, proposal.fill->price, quantity);
  }
  return cost_of(config, reservation_price(config, proposal.terms, proposal.last.value_or(Price{})), quantity);
}

Quantity open_quantity(const RunState& state, InstrumentId instrument, Side side, OrderId without) {
  Quantity sum;
  const auto is_meant = [&](const Order& order) {
    return order.instrument == instrument && order.side == side && !is_final(order.status) && order.id != without &&
           (order.group.value == 0 || order.group != without);
  };
  for (auto order = state.open_orders.begin(); order != state.open_orders.end(); ++order) {
    if (!is_meant(*order)) {
      continue;
    }
    // Of a group, one order trades: its largest counts, where its first one stands.
    Quantity quantity = order->open_quantity();
    if (order->group.value != 0) {
      const auto same_group = [&](const Order& other) { return is_meant(other) && other.group == order->group; };
      if (std::any_of(state.open_orders.begin(), order, same_group)) {
        continue;
      }
      for (auto other = order; other != state.open_orders.end(); ++other) {
        quantity = same_group(*other) ? std::max(quantity, other->open_quantity()) : quantity;
      }
    }
    sum += quantity;
  }
  return sum;
}

}  // namespace tradingd::engine
