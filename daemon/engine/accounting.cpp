#include "daemon/engine/accounting.h"

#include <algorithm>

#include "daemon/engine/limits.h"

namespace tradingd::engine {

namespace {

auto place_of(const std::vector<Position>& positions, InstrumentId instrument) {
  return std::lower_bound(positions.begin(), positions.end(), instrument,
                          [](const Position& position, InstrumentId id) { return position.instrument < id; });
}

/// The run's position, made if there is none yet.
Position& position_for(RunState& state, InstrumentId instrument) {
  const auto place = state.positions.begin() + (place_of(state.positions, instrument) - state.positions.begin());
  if (place != state.positions.end() && place->instrument == instrument) {
    return *place;
  }
  return *state.positions.insert(place, Position{instrument, {}, {}, {}});
}

/// Average cost: a sale takes its share of the cost with it. Returns what it realised.
Money update_position(Position& position, Side side, Quantity quantity, Money notional) {
  if (side == Side::buy) {
    position.quantity += quantity;
    position.cost += notional;
    return {};
  }
  TD_ASSERT(quantity <= position.quantity);
  const Money cost = pro_rata(position.cost, quantity, position.quantity);
  position.quantity -= quantity;
  position.cost -= cost;
  position.realized_pnl += notional - cost;
  return notional - cost;
}

}  // namespace

void post_cash(Context& context, CashKind kind, Money amount, TradeId trade, std::string note) {
  RunState& state = context.state;
  state.cash += amount;
  TD_ASSERT(!state.cash.is_negative());
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

Quantity held(const RunState& state, InstrumentId instrument) {
  const auto place = place_of(state.positions, instrument);
  return place != state.positions.end() && place->instrument == instrument ? place->quantity : Quantity{};
}

Money pro_rata(Money total, Quantity part, Quantity whole) {
  TD_ASSERT(!total.is_negative() && !part.is_negative() && part <= whole && whole.is_positive());
  // total = each × whole + rest; `rest` and `part` are below 2^63, so that their product fits.
  const Int128 each = total.units / whole.units;
  const Int128 product = total.units % whole.units * part.units;
  const Int128 remainder = product % whole.units;
  const Int128 floor = each * part.units + product / whole.units;
  const Int128 twice = remainder * 2;
  const bool up = twice > whole.units || (twice == whole.units && (floor & 1) != 0);
  return {floor + (up ? 1 : 0)};
}

void book_fill(Context& context, Order& order, const Fill& fill) {
  TD_ASSERT(may_become(order.status, OrderStatus::filled));
  RunState& state = context.state;
  state.reserved -= order.reserved;
  order.reserved = {};

  Trade trade;
  trade.id = TradeId{state.next_trade++};
  trade.order = order.id;
  trade.instrument = order.instrument;
  trade.side = order.side;
  trade.quantity = order.open_quantity();
  trade.price = fill.price;
  trade.notional = fill.price * trade.quantity;
  trade.fee = fee_of(context.config().fee, trade.notional, trade.quantity);
  trade.slippage = (fill.price > fill.quoted ? fill.price - fill.quoted : fill.quoted - fill.price) * trade.quantity;
  trade.time = context.time;

  Position& position = position_for(state, order.instrument);
  trade.realized_pnl = update_position(position, order.side, trade.quantity, trade.notional);

  post_cash(context, CashKind::trade, order.side == Side::buy ? -trade.notional : trade.notional, trade.id);
  if (!trade.fee.is_zero()) {
    post_cash(context, CashKind::fee, -trade.fee, trade.id);
  }
  order.filled = order.quantity;
  order.status = OrderStatus::filled;
  order.updated_at = context.time;

  context.effects.orders.push_back(order);
  context.effects.trades.push_back(trade);
  context.effects.positions.push_back(position);
}

Valuation value_positions(const RunState& state, const Market& market) {
  Valuation valuation;
  Int128 value = 0;  // in units of 1e-16
  for (const Position& position : state.positions) {
    if (position.quantity.is_zero()) {
      continue;
    }
    const Market::Quote* quote = market.quote(position.instrument);
    TD_ASSERT(quote != nullptr);
    const Int128 product = static_cast<Int128>(quote->bar.close.units) * position.quantity.units;
    TD_ASSERT(!__builtin_add_overflow(value, product, &value));
    valuation.cost += position.cost;
  }
  valuation.market_value = {divide_half_even(value, kScale)};
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
