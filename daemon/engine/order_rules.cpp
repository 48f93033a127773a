#include "daemon/engine/order_rules.h"

#include <algorithm>
#include <array>

#include "daemon/base/nearest.h"
#include "daemon/engine/order_types.h"

namespace tradingd::engine {

namespace {

bool contains(const std::vector<std::string>& symbols, const std::string& symbol) {
  return std::find(symbols.begin(), symbols.end(), symbol) != symbols.end();
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
  const bool trails = kind_of(order.type).trail;
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

/// "symbol=APPL did_you_mean=AAPL"
std::string unknown(const Market& market, const std::string& symbol) {
  std::vector<std::string_view> known;
  known.reserve(market.instruments().size());
  for (const Instrument& instrument : market.instruments()) {
    if (market.find(instrument.symbol) != nullptr) {
      known.push_back(instrument.symbol);
    }
  }
  const std::string_view near = nearest(symbol, known);
  return "symbol=" + symbol + (near.empty() ? "" : " did_you_mean=" + std::string(near));
}

/// The larger of two minima, or the smaller of two maxima.
template <typename Better>
std::optional<Money> stricter(const std::optional<Money>& a, const std::optional<Money>& b, Better better) {
  return a && b ? std::optional(better(*a, *b)) : a ? a : b;
}

}  // namespace

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

Denial check_symbol(const Context& context, const Proposal& proposal) {
  const std::string& symbol = proposal.order.symbol;
  if (proposal.instrument == nullptr) {
    return {Reason::unknown_symbol, unknown(context.market, symbol)};
  }
  const Limits* const own = &context.config().limits;
  const auto detail = [&](const Limits* limits) {
    return "symbol=" + symbol + (limits == own ? "" : std::string(Context::kUsersLimit));
  };
  for (const Limits* limits : {own, context.ceiling()}) {
    if (limits != nullptr && contains(limits->forbidden_symbols, symbol)) {
      return {Reason::forbidden_symbol, detail(limits)};
    }
  }
  for (const Limits* limits : {own, context.ceiling()}) {
    if (limits != nullptr && !limits->allowed_symbols.empty() && !contains(limits->allowed_symbols, symbol)) {
      return {Reason::symbol_not_allowed, detail(limits)};
    }
  }
  return {};
}

/// The one place that says which orders the engine carries out.
Denial check_kind(const Context&, const Proposal& proposal) {
  const PlaceOrder& order = proposal.order;
  if (kind_of(order.type).times_in_force.at(static_cast<std::size_t>(order.tif)) != 'x') {
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

Denial check_price(const Context&, const Proposal& proposal) {
  const PlaceOrder& order = proposal.order;
  if (Denial denial = check_one_price(proposal, "limit", order.limit_price, kind_of(order.type).limit)) {
    return denial;
  }
  if (Denial denial = check_one_price(proposal, "stop", order.stop_price, kind_of(order.type).stop)) {
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

Denial check_worth(Price price, Quantity quantity) {
  if (!(price * quantity).is_positive()) {
    return {Reason::notional_below_minimum, "the order is worth less than 0.00000001"};
  }
  return {};
}

Denial check_size(const Context& context, const Proposal& proposal) {
  const Quantity quantity = proposal.quantity;
  const Instrument& instrument = *proposal.instrument;
  if (quantity < instrument.min_quantity.value_or(quantity)) {
    return {Reason::quantity_below_minimum, figures("quantity", quantity, "minimum", *instrument.min_quantity)};
  }
  const Quantity most_units = std::min(instrument.max_quantity.value_or(kQuantityMax), kQuantityMax);
  if (quantity > most_units) {
    return {Reason::quantity_above_maximum, figures("quantity", quantity, "maximum", most_units)};
  }
  const std::optional<Price> price = judged_price(proposal);
  if (!price) {
    return {};
  }
  if (proposal.order.notional && quantity.is_zero()) {
    const Money least = *price * quantity_step(context.config(), instrument);
    return {Reason::notional_below_minimum, figures("notional", *proposal.order.notional, "minimum", least)};
  }
  if (Denial denial = check_worth(*price, quantity)) {
    return denial;
  }
  const auto larger = [](Money a, Money b) { return std::max(a, b); };
  const auto smaller = [](Money a, Money b) { return std::min(a, b); };
  const Money notional = *price * quantity;
  const std::optional<Money> least =
      stricter(context.config().limits.min_order_notional, instrument.min_notional, larger);
  if (least && notional < *least) {
    return {Reason::notional_below_minimum, figures("notional", notional, "minimum", *least)};
  }
  const std::optional<Money> users_least = context.ceiling() ? context.ceiling()->min_order_notional : std::nullopt;
  if (users_least && notional < *users_least) {
    return {Reason::notional_below_minimum,
            figures("notional", notional, "minimum", *users_least, Context::kUsersLimit)};
  }
  const std::optional<Money> own = context.maximum(&Limits::max_order_notional);
  const std::optional<Money> most = stricter(own, instrument.max_notional, smaller);
  if (most && notional > *most) {
    return {Reason::notional_above_maximum,
            figures("notional", notional, "maximum", *most,
                    most == own ? context.whose(&Limits::max_order_notional) : std::string_view())};
  }
  return {};
}

Denial check_quote(const Context&, const Proposal& proposal) {
  const bool needs_last = proposal.order.notional || kind_of(proposal.order.type).trail;
  if (!judged_price(proposal) || (needs_last && !proposal.last)) {
    return {Reason::no_price, "symbol=" + proposal.order.symbol};
  }
  return {};
}

Denial check_when(const Context& context, const Proposal& proposal) {
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

Denial check_group(const Context&, const Proposal& proposal) {
  if (proposal.order.oco.value != 0 && proposal.group.value == 0) {
    return {Reason::order_not_open, "oco=" + std::to_string(proposal.order.oco.value)};
  }
  return {};
}

}  // namespace tradingd::engine
