#include "daemon/engine/risk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/engine/accounting.h"
#include "daemon/engine/limit_table.h"
#include "daemon/engine/limits.h"
#include "daemon/engine/margin.h"
#include "daemon/engine/order_rules.h"
#include "daemon/engine/order_types.h"

namespace tradingd::engine {

namespace {

/// What of the order closes and what opens; unknown instruments aside.
Split split_of(const Context& context, const Proposal& proposal) {
  if (proposal.instrument == nullptr) {
    return proposal.terms.side == Side::buy ? Split{{}, proposal.quantity} : Split{proposal.quantity, {}};
  }
  return split_resting(context, proposal.instrument->id, proposal.terms.side, proposal.quantity, proposal.group);
}

/// The same of what fills at once, which closes first, and of what is to rest.
std::pair<Split, Split> split_at_fill(const Context& context, const Proposal& proposal) {
  const Split all = split_of(context, proposal);
  if (!proposal.fill) {
    return {Split{}, all};
  }
  const Quantity closes = std::min(proposal.fill->quantity, all.closes);
  const Split now{closes, proposal.fill->quantity - closes};
  const bool rests = proposal.order.tif != TimeInForce::ioc;
  return {now, rests ? Split{all.closes - now.closes, all.opens - now.opens} : Split{}};
}

Denial check_resulting_position(const Context& context, Quantity resulting, Price price) {
  const Quantity most = std::min(context.maximum(&Limits::max_position_quantity).value_or(kPositionMax), kPositionMax);
  if (resulting > most) {
    return {Reason::max_position_exceeded,
            figures("resulting", resulting, "maximum", most, context.whose(&Limits::max_position_quantity))};
  }
  const std::optional<Money> most_value = context.maximum(&Limits::max_position_value);
  if (most_value && price * resulting > *most_value) {
    return {Reason::max_position_exceeded, figures("resulting_value", price * resulting, "maximum_value", *most_value,
                                                   context.whose(&Limits::max_position_value))};
  }
  if (const std::optional<Ratio> share = context.maximum(&Limits::max_position_share)) {
    const Money equity = context.state.cash + value_positions(context.state, context.market).market_value;
    const Money most_of_equity = equity * *share;
    if (price * resulting > most_of_equity) {
      return {Reason::max_position_exceeded, figures("resulting_value", price * resulting, "maximum_value",
                                                     most_of_equity, context.whose(&Limits::max_position_share))};
    }
  }
  return {};
}

// The checks on placing. Each may rely on those before it.

/// Who would have to resume: the widest scope whose state it is.
std::string state_is_of(const RunState& state) {
  const TradingStates& states = state.strategy.states;
  const Scope scope = states.daemon == state.trading_state ? Scope::daemon
                      : states.user == state.trading_state ? Scope::user
                                                           : Scope::run;
  return "state_of=" + std::string(to_text(scope));
}

Denial check_trading_state(const Context& context, const Proposal& proposal) {
  switch (context.state.trading_state) {
    case TradingState::active:
      return {};
    case TradingState::halted:
      return {Reason::trading_halted, state_is_of(context.state)};
    case TradingState::reducing: {
      const bool reduces = split_of(context, proposal).opens.is_zero() &&
                           (proposal.terms.side == Side::sell || proposal.quantity.is_positive());
      return reduces ? Denial{} : Denial{Reason::trading_state_reducing, state_is_of(context.state)};
    }
  }
  TD_ASSERT(false);
}

Denial check_cash(const Context& context, const Proposal& proposal) {
  const auto [now, rest] = split_at_fill(context, proposal);
  const Money reserved = reservation_for(context, proposal);
  if (proposal.fill && now.opens.is_zero() && reserved.is_zero()) {
    return check_funding(context, proposal.instrument->id, proposal.terms.side, proposal.fill->price, now, {});
  }
  Money needed;
  if (proposal.fill) {
    needed = funding_needed(context, proposal.instrument->id, proposal.terms.side, proposal.fill->price, now);
  }
  needed = std::max(needed, Money{}) + reserved;
  const Money available = spendable(context);
  if (needed.is_positive() && needed > available) {
    return {Reason::insufficient_cash, figures("needed", needed, "available", available)};
  }
  return {};
}

Denial check_position(const Context& context, const Proposal& proposal) {
  if (proposal.terms.side == Side::buy) {
    return {};
  }
  const InstrumentId instrument = proposal.instrument->id;
  const Quantity free =
      held(context.state, instrument) - open_quantity(context.state, instrument, Side::sell, proposal.group);
  if (proposal.quantity <= free) {
    return {};
  }
  if (!context.config().short_selling) {
    return {Reason::insufficient_position, figures("needed", proposal.quantity, "available", free)};
  }
  return proposal.instrument->shortable ? Denial{}
                                        : Denial{Reason::short_not_allowed, "symbol=" + proposal.instrument->symbol};
}

Denial check_max_position(const Context& context, const Proposal& proposal) {
  if (!split_of(context, proposal).opens.is_positive()) {
    return {};
  }
  const InstrumentId instrument = proposal.instrument->id;
  const Side side = proposal.terms.side;
  const Quantity have = held(context.state, instrument);
  const Quantity resulting = (side == Side::buy ? have : -have) +
                             open_quantity(context.state, instrument, side, proposal.group) + proposal.quantity;
  return check_resulting_position(context, resulting, *judged_price(proposal));
}

Denial check_gross_exposure(const Context& context, const Proposal& proposal) {
  const Quantity opens = split_of(context, proposal).opens;
  return opens.is_positive() ? check_exposure(context, *judged_price(proposal) * opens, {}) : Denial{};
}

Denial check_open_orders(const Context& context, const Proposal& proposal) {
  const std::int32_t own = context.config().limits.max_open_orders.value_or(kOpenOrdersDefault);
  const std::int32_t ceiling = context.ceiling() == nullptr
                                   ? kOpenOrdersDefault
                                   : context.ceiling()->max_open_orders.value_or(kOpenOrdersDefault);
  const std::int32_t most = std::min(own, ceiling);
  const bool rests = !proposal.fill || proposal.fill->quantity < proposal.quantity;
  if (rests && context.state.open_orders.size() >= static_cast<std::size_t>(most)) {
    return {Reason::max_open_orders_exceeded,
            "maximum=" + std::to_string(most) + (ceiling < own ? std::string(Context::kUsersLimit) : "")};
  }
  return {};
}

// In the order of Reason.
constexpr std::array kPlacingChecks{
    check_trading_state, check_order_rate,   check_symbol,         check_kind,        check_quantity,     check_price,
    check_size,          check_collar,       check_quote,          check_price_age,   check_when,         check_cash,
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
  if (!kind_of(order.type).trail) {
    return is_stop(order.type) == order.stop_price.has_value();
  }
  return order.trail_amount
             ? order.trail_amount->is_positive() && *order.trail_amount <= kPriceMax
             : order.trail_percent && order.trail_percent->is_positive() && order.trail_percent->units < kScale * 100;
}

/// How much an amount of money is, before fees.
Quantity quantity_for(const Context& context, const Proposal& proposal, Money amount, bool at_once) {
  const Quantity step = quantity_step(context.config(), *proposal.instrument);
  const Quantity unslipped = affordable(amount, *proposal.last, step);
  if (!at_once) {
    return unslipped;
  }
  const Liquidity liquidity = liquidity_of(context, *proposal.instrument, unslipped);
  return affordable(amount, with_slippage(context.config().slippage, proposal.terms.side, *proposal.last, liquidity),
                    step);
}

/// Fills what can be filled at the last price: all of it, or of an order that may trade in parts, some.
void meet_at_once(const Context& context, Proposal& proposal) {
  proposal.terms.liquidity = liquidity_of(context, *proposal.instrument, proposal.quantity);
  const Meeting meeting = meet_price(context.config(), proposal.terms, *proposal.last);
  proposal.triggered = meeting.triggered;
  const Quantity quantity = proposal.terms.liquidity.quantity;
  if (quantity.is_positive() && (quantity == proposal.quantity || proposal.order.tif != TimeInForce::fok)) {
    proposal.fill = meeting.fill;
  }
}

}  // namespace

Proposal propose(const Context& context, const PlaceOrder& order, OrderSource source, bool triggered) {
  Proposal proposal{order, context.market.find(order.symbol), {}, order.quantity, {}, {}, triggered, source, {}};
  proposal.terms = {order.side, order.type, auction_of(order.type, order.tif), order.limit_price, order.stop_price,
                    triggered,  {}};
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
  if (kind_of(order.type).trail) {
    Order trailing;
    trailing.side = order.side;
    trailing.trail_amount = order.trail_amount;
    trailing.trail_percent = order.trail_percent;
    proposal.terms.stop_price = trailed_stop(trailing, std::nullopt, *proposal.last);
  }
  const bool at_once = !kind_of(order.type).trail && proposal.terms.auction == Auction::none &&
                       context.config().fill_at == FillAt::close && context.market.session().open;
  if (order.notional && order.notional->is_positive() && *order.notional <= kMoneyMax) {
    proposal.quantity = quantity_for(context, proposal, *order.notional, at_once);
  }
  if (at_once) {
    meet_at_once(context, proposal);
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
  if (Denial denial = check_worth(fill.price, fill.quantity); denial || order.source == OrderSource::liquidation) {
    return denial;
  }
  const Split split = split_now(context, order.instrument, order.side, fill.quantity);
  if (state.trading_state == TradingState::reducing && !split.opens.is_zero()) {
    return {Reason::trading_state_reducing, state_is_of(state)};
  }
  if (Denial denial = check_funding(context, order.instrument, order.side, fill.price, split, order.reserved)) {
    return denial;
  }
  if (split.opens.is_zero()) {
    return {};
  }
  const Quantity have = held(state, order.instrument);
  const Quantity resulting = (order.side == Side::buy ? have : -have) + fill.quantity;
  if (Denial denial = check_resulting_position(context, resulting, fill.price)) {
    return denial;
  }
  return check_exposure(context, fill.price * split.opens, order.id);
}

Money reservation_for(const Context& context, const Proposal& proposal) {
  const Split rest = split_at_fill(context, proposal).second;
  const Price price = reservation_price(context.config(), proposal.terms, proposal.last.value_or(Price{}));
  return reservation_for(context, proposal.terms.side, price, rest);
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
