#include "daemon/engine/accounting.h"

#include <algorithm>

#include "daemon/engine/fees.h"
#include "daemon/engine/limits.h"
#include "daemon/engine/margin.h"

namespace tradingd::engine {

namespace {

/// Counts what was traded on the instrument's bar, for the volume cap.
void count_on_bar(const Context& context, Position& position, Quantity quantity) {
  const Market::Quote* quote = context.market.quote(position.instrument);
  if (!context.config().volume_cap || quote == nullptr) {
    return;
  }
  position.bar_traded = position.bar_time == quote->time ? position.bar_traded + quantity : quantity;
  position.bar_time = quote->time;
}

}  // namespace

Money reservation_of(const Context& context, const Order& order) {
  const Price last = context.last_price(order.instrument).value_or(Price{});
  const Price price = reservation_price(context.config(), terms_of(order), last);
  const OrderId own = order.group.value != 0 ? order.group : order.id;
  const Split split = split_resting(context, order.instrument, order.side, order.open_quantity(), own);
  return std::max(std::min(reservation_for(context, order.side, price, split), spendable(context)), Money{});
}

void post_cash(Context& context, CashKind kind, Money amount, TradeId trade, std::string note) {
  RunState& state = context.state;
  state.cash += amount;
  TD_ASSERT(!state.cash.is_negative() || context.config().short_selling);
  if (kind == CashKind::initial || kind == CashKind::deposit || kind == CashKind::withdrawal) {
    shift_equity(state, amount);
  }
  context.effects.cash.push_back(
      {state.next_cash_seq++, context.time, kind, amount, state.cash, trade, std::move(note)});
}

void post_event(Context& context, EventType type, std::string key, Fields payload) {
  context.effects.events.push_back(
      {context.state.next_event_seq++, context.time, type, std::move(key), std::move(payload)});
}

Liquidity liquidity_of(const Context& context, const Instrument& instrument, Quantity wanted) {
  const Market::Quote* quote = context.market.quote(instrument.id);
  if (quote == nullptr) {
    return {wanted, instrument.tick_size, {}};
  }
  Liquidity liquidity{wanted, instrument.tick_size, quote->bar.volume};
  if (const std::optional<Ratio>& cap = context.config().volume_cap) {
    const Position* position = find_position(context.state, instrument.id);
    const bool counted = position != nullptr && position->bar_time == quote->time;
    const Int128 most = Int128{quote->bar.volume.units} * cap->units / kScale;
    const Int128 left = std::max<Int128>(most - (counted ? position->bar_traded.units : 0), 0);
    if (left < wanted.units) {
      const std::int64_t step = quantity_step(context.config(), instrument).units;
      liquidity.quantity = {static_cast<std::int64_t>(left) / step * step};
    }
  }
  return liquidity;
}

void book_fill(Context& context, Order& order, const Fill& fill) {
  TD_ASSERT(!is_final(order.status) && fill.quantity.is_positive() && fill.quantity <= order.open_quantity());
  RunState& state = context.state;
  state.reserved -= order.reserved;
  order.reserved = {};

  Trade trade;
  trade.id = TradeId{state.next_trade++};
  trade.order = order.id;
  trade.instrument = order.instrument;
  trade.side = order.side;
  trade.quantity = fill.quantity;
  trade.price = fill.price;
  trade.notional = fill.price * trade.quantity;
  trade.fee_parts =
      fee_parts(context.config().fee, context.market.session().date, trade.side, trade.notional, trade.quantity);
  for (const FeePart& part : trade.fee_parts) {
    trade.fee += part.amount;
  }
  trade.slippage = (fill.price > fill.quoted ? fill.price - fill.quoted : fill.quoted - fill.price) * trade.quantity;
  trade.time = context.time;

  Position& position = position_for(state, order.instrument);
  trade.realized_pnl = apply_trade(position, context.config().cost_basis, trade);
  count_on_bar(context, position, trade.quantity);

  post_cash(context, CashKind::trade, order.side == Side::buy ? -trade.notional : trade.notional, trade.id);
  if (!trade.fee.is_zero()) {
    post_cash(context, CashKind::fee, -trade.fee, trade.id);
  }
  order.filled += trade.quantity;
  order.status = order.filled == order.quantity ? OrderStatus::filled : OrderStatus::partially_filled;
  order.updated_at = context.time;
  if (order.status == OrderStatus::partially_filled) {
    order.reserved = reservation_of(context, order);
    state.reserved += order.reserved;
  }

  context.effects.orders.push_back(order);
  context.effects.trades.push_back(std::move(trade));
  context.effects.positions.push_back(position);
}

Valuation value_positions(const RunState& state, const Market& market) {
  Valuation valuation;
  Int128 value = 0;  // in units of 1e-16
  Int128 gross = 0;
  for (const Position& position : state.positions) {
    if (position.quantity.is_zero()) {
      continue;
    }
    const Market::Quote* quote = market.quote(position.instrument);
    TD_ASSERT(quote != nullptr);
    const Int128 product = static_cast<Int128>(quote->bar.close.units) * position.quantity.units;
    TD_ASSERT(!__builtin_add_overflow(value, product, &value));
    TD_ASSERT(!__builtin_add_overflow(gross, product < 0 ? -product : product, &gross));
    valuation.cost += position.cost;
  }
  valuation.market_value = {divide_half_even(value, kScale)};
  valuation.gross = {divide_half_even(gross, kScale)};
  return valuation;
}

void mark_to_market(Context& context) {
  const RunState& state = context.state;
  const Valuation valuation = value_positions(state, context.market);
  context.effects.marks.push_back({context.time, valuation.market_value, valuation.market_value - valuation.cost});
  context.effects.equity.push_back(
      {context.time, state.cash, valuation.market_value, state.cash + valuation.market_value});
}

}  // namespace tradingd::engine
