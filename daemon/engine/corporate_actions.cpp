#include "daemon/engine/corporate_actions.h"

#include <algorithm>
#include <utility>

#include "daemon/engine/accounting.h"
#include "daemon/engine/orders.h"

namespace tradingd::engine {

namespace {

struct Change {
  Quantity quantity;
  Money cost;
  Money realized;
  Money cash;
};

void post_action(Context& context, const CorporateAction& action, InstrumentId instrument, const Change& change) {
  const std::string& symbol = context.market.instrument(instrument).symbol;
  Fields payload{{"kind", std::string(to_text(action.kind))}, {"symbol", symbol}};
  switch (action.kind) {
    case ActionKind::split:
      payload.emplace_back("ratio", std::to_string(action.numerator) + ":" + std::to_string(action.denominator));
      break;
    case ActionKind::dividend:
      payload.emplace_back("amount", to_string(action.amount));
      break;
    case ActionKind::symbol_change:
      payload.emplace_back("new_symbol", context.market.instrument(action.successor).symbol);
      break;
  }
  payload.emplace_back("quantity_change", to_string(change.quantity));
  payload.emplace_back("cost_change", to_string(change.cost));
  payload.emplace_back("realized_change", to_string(change.realized));
  payload.emplace_back("cash", to_string(change.cash));
  post_event(context, EventType::corporate_action, std::to_string(action.id) + "/" + symbol, std::move(payload));
}

void touch(Context& context, Order& order) {
  order.updated_at = context.time;
  context.effects.orders.push_back(order);
}

/// A price of an order after the split, on the instrument's tick.
void split_on_tick(std::optional<Price>& price, const CorporateAction& action, Price tick) {
  if (price) {
    const Int128 ticks = divide_half_even(split_price(*price, action).units, tick.units);
    *price = {static_cast<std::int64_t>(std::max<Int128>(ticks, 1) * tick.units)};
  }
}

/// The order after the split; false: nothing is left of it. What has been filled of it stays as it was traded.
bool split_order(Order& order, const CorporateAction& action, Quantity step, Price tick) {
  const Int128 exact = Int128{order.open_quantity().units} * action.numerator / action.denominator;
  const Int128 open = std::min<Int128>(exact, kQuantityMax.units) / step.units * step.units;
  if (open == 0) {
    return false;
  }
  order.quantity = order.filled + Quantity{static_cast<std::int64_t>(open)};
  for (auto* price :
       {&order.limit_price, &order.stop_price, &order.trail_amount, &order.take_profit, &order.stop_loss}) {
    split_on_tick(*price, action, tick);
  }
  return true;
}

/// Whether there are any. All of them have their new sizes before one reserves anew.
bool split_orders(Context& context, const CorporateAction& action, Quantity step) {
  RunState& state = context.state;
  const Price tick = context.market.instrument(action.instrument).tick_size;
  std::vector<OrderId> gone;
  bool any = false;
  for (Order& order : state.open_orders) {
    if (order.instrument == action.instrument) {
      any = true;
      if (!split_order(order, action, step, tick)) {
        gone.push_back(order.id);
      }
    }
  }
  for (const OrderId id : gone) {
    TD_ASSERT(cancel_order(context, id, Reason::corporate_action));
  }
  for (Order& order : state.open_orders) {
    if (order.instrument == action.instrument && order.placed_at < context.time) {
      state.reserved -= order.reserved;
      order.reserved = {};
      order.reserved = reservation_of(context, order);
      state.reserved += order.reserved;
      touch(context, order);
    }
  }
  return any;
}

bool move_orders(Context& context, const CorporateAction& action) {
  bool any = false;
  for (Order& order : context.state.open_orders) {
    if (order.instrument == action.instrument) {
      order.instrument = action.successor;
      touch(context, order);
      any = true;
    }
  }
  return any;
}

Position* touched_position(RunState& state, InstrumentId instrument) {
  const auto found = std::find_if(state.positions.begin(), state.positions.end(), [&](const Position& position) {
    return position.instrument == instrument && !position.quantity.is_zero();
  });
  return found == state.positions.end() ? nullptr : &*found;
}

/// The part of a holding that isn't in whole steps, or beyond the largest one, is sold (bought back, of a short one) at
/// the last price, without a fee.
Change pay_out_fraction(Context& context, Position& position, Quantity step) {
  if (position.quantity.is_zero()) {  // less than there can be: its cost is lost
    const Money cost = std::exchange(position.cost, Money{});
    position.realized_pnl -= cost;
    return {{}, -cost, -cost, {}};
  }
  const std::int64_t units = position.quantity.units;
  const Quantity whole{std::clamp(units / step.units * step.units, -kPositionMax.units, kPositionMax.units)};
  const Quantity fraction = position.quantity - whole;
  if (fraction.is_zero()) {
    return {};
  }
  const CostBasis basis = context.config().cost_basis;
  const Money cost = close_part(position, basis, fraction.is_negative() ? -fraction : fraction);
  const Money cash = *context.last_price(position.instrument) * fraction;
  position.realized_pnl += cash - cost;
  if (!cash.is_zero()) {
    post_cash(context, CashKind::cash_in_lieu, cash, {}, context.market.instrument(position.instrument).symbol);
  }
  return {{}, -cost, cash - cost, cash};
}

void split(Context& context, const CorporateAction& action) {
  const Quantity step = quantity_step(context.config(), context.market.instrument(action.instrument));
  Position* position = touched_position(context.state, action.instrument);
  Change change;
  if (position != nullptr) {
    const Quantity before = position->quantity;
    scale_position(*position, action.numerator, action.denominator);
    change = pay_out_fraction(context, *position, step);
    change.quantity = position->quantity - before;
    context.effects.positions.push_back(*position);
  }
  const bool orders = split_orders(context, action, step);
  if (position != nullptr || orders) {
    post_action(context, action, action.instrument, change);
  }
}

void pay_dividend(Context& context, const CorporateAction& action) {
  const Money cash = action.amount * held(context.state, action.instrument);
  if (!cash.is_zero()) {
    post_cash(context, CashKind::dividend, cash, {}, context.market.instrument(action.instrument).symbol);
    post_action(context, action, action.instrument, {{}, {}, {}, cash});
  }
}

/// Where the new symbol goes on with the old one's bar, what has been traded on that goes with it.
void move_bar_count(Context& context, const CorporateAction& action) {
  const Position* old = find_position(context.state, action.instrument);
  const Market::Quote* bar = context.market.quote(action.successor);
  if (old == nullptr || bar == nullptr || old->bar_time != bar->time) {
    return;
  }
  const auto [time, traded] = std::pair(old->bar_time, old->bar_traded);
  Position& successor = position_for(context.state, action.successor);
  successor.bar_time = time;
  successor.bar_traded = traded;
  context.effects.positions.push_back(successor);
}

void change_symbol(Context& context, const CorporateAction& action) {
  const bool orders = move_orders(context, action);
  context.state.targets.clear();  // looked up anew
  move_bar_count(context, action);
  Position* position = touched_position(context.state, action.instrument);
  Change moved;
  if (position != nullptr) {
    moved = {position->quantity, position->cost, {}, {}};
    std::vector<Lot> lots = std::move(position->lots);
    position->quantity = {};
    position->cost = {};
    position->lots.clear();
    context.effects.positions.push_back(*position);
    Position& successor = position_for(context.state, action.successor);
    successor.quantity += moved.quantity;
    successor.cost += moved.cost;
    successor.lots.insert(successor.lots.end(), lots.begin(), lots.end());
    context.effects.positions.push_back(successor);
  }
  if (position != nullptr || orders) {
    post_action(context, action, action.instrument, {-moved.quantity, -moved.cost, {}, {}});
    post_action(context, action, action.successor, moved);
  }
}

}  // namespace

void apply_actions(Context& context, std::span<const CorporateAction> actions) {
  for (const CorporateAction& action : actions) {
    switch (action.kind) {
      case ActionKind::split:
        split(context, action);
        break;
      case ActionKind::dividend:
        pay_dividend(context, action);
        break;
      case ActionKind::symbol_change:
        change_symbol(context, action);
        break;
    }
  }
}

}  // namespace tradingd::engine
