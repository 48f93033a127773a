#include <algorithm>

#include "daemon/engine/accounting.h"
#include "daemon/engine/schedule.h"
#include "daemon/engine/strategy.h"

namespace tradingd::engine {

namespace {

/// The run's wealth as the plan sees it: what plans have ordered and not yet got counts as got.
struct Wealth {
  Money equity;  // cash + market value
  Ratio drift;   // the largest distance of a weight (cash and what is outside the targets included) from its target
  Ratio relative_drift;  // the same of a target's weight, as a share of that
};

constexpr Ratio kNothing{};

Ratio distance(Ratio a, Ratio b) { return a > b ? a - b : b - a; }

bool is_planned(const Order& order) { return order.source != OrderSource::user; }

/// Held, and what open orders of plans will add or take away.
Quantity expected_quantity(const RunState& state, InstrumentId instrument) {
  Quantity quantity = held(state, instrument);
  for (const Order& order : state.open_orders) {
    if (order.instrument == instrument && is_planned(order)) {
      quantity += order.side == Side::buy ? order.open_quantity() : -order.open_quantity();
    }
  }
  return quantity;
}

Money expected_value(const Context& context, InstrumentId instrument, Price price) {
  return price * expected_quantity(context.state, instrument);
}

/// Value of everything that will be held: what is (`market_value`), and what plans have ordered.
Money expected_total(const Context& context, Money market_value) {
  Money total = market_value;
  for (const Order& order : context.state.open_orders) {
    if (is_planned(order)) {
      const Money value = *context.last_price(order.instrument) * order.open_quantity();
      total += order.side == Side::buy ? value : -value;
    }
  }
  return total;
}

/// Looks up the targets that are not known yet.
void resolve_targets(Context& context) {
  const std::vector<Allocation>& targets = context.config().rebalance->targets;
  std::vector<std::optional<InstrumentId>>& known = context.state.targets;
  known.resize(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!known[i]) {
      if (const Instrument* instrument = context.market.find(targets[i].symbol)) {
        known[i] = instrument->id;
      }
    }
  }
}

/// UNKNOWN_SYMBOL, NO_PRICE or INSUFFICIENT_CASH where the weights can't be told.
Denial measure(Context& context, Wealth& wealth) {
  const RebalancePlan& plan = *context.config().rebalance;
  resolve_targets(context);
  const RunState& state = context.state;
  const Money market_value = value_positions(state, context.market).market_value;
  wealth.equity = state.cash + market_value;
  if (!wealth.equity.is_positive()) {
    return {Reason::insufficient_cash, "equity=" + to_string(wealth.equity)};
  }
  const Money total = expected_total(context, market_value);
  Money in_targets;
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    if (!state.targets[i]) {
      return {Reason::unknown_symbol, "symbol=" + plan.targets[i].symbol};
    }
    const std::optional<Price> last = context.last_price(*state.targets[i]);
    if (!last) {
      return {Reason::no_price, "symbol=" + plan.targets[i].symbol};
    }
    const Money value = expected_value(context, *state.targets[i], *last);
    in_targets += value;
    const Ratio drift = distance(value / wealth.equity, plan.targets[i].weight);
    wealth.drift = std::max(wealth.drift, drift);
    wealth.relative_drift = std::max(wealth.relative_drift, Money{drift.units} / Money{plan.targets[i].weight.units});
  }
  wealth.drift = std::max(wealth.drift, distance((total - in_targets) / wealth.equity, kNothing));
  wealth.drift = std::max(wealth.drift, distance((wealth.equity - total) / wealth.equity, plan.cash_weight));
  return {};
}

/// The weights between which a target is left alone; both the target itself where it is to be met.
struct Edges {
  Ratio low;
  Ratio high;
};

Edges edges_of(const RebalancePlan& plan, Ratio target) {
  if (!plan.to_edge) {
    return {target, target};
  }
  Ratio width{kScale};
  width = plan.band ? std::min(width, *plan.band) : width;
  if (plan.relative_band) {
    const Money relative = Money{target.units} * *plan.relative_band;
    width = std::min(width, Ratio{static_cast<std::int64_t>(std::min<Int128>(relative.units, kScale))});
  }
  return {std::max(kNothing, target - width), target + width};
}

bool is_target(const RunState& state, InstrumentId instrument) {
  return std::find(state.targets.begin(), state.targets.end(), instrument) != state.targets.end();
}

/// Places the order unless it is nothing or too small.
void trade(Context& context, const Instrument& instrument, Side side, Quantity quantity, Placements& placements) {
  if (!quantity.is_positive()) {
    return;
  }
  const Money notional = *context.last_price(instrument.id) * quantity;
  const Money least = context.config().rebalance->min_order_notional;
  if (notional < least) {
    placements.skip(instrument.symbol,
                    {Reason::below_minimum_order, "notional=" + to_string(notional) + " minimum=" + to_string(least)});
    return;
  }
  place_planned(context, instrument.symbol, side, quantity, OrderSource::rebalance, placements);
}

/// Sells up to `most`, of what is not promised to an open order, in whole steps.
void sell(Context& context, InstrumentId id, Quantity most, Placements& placements) {
  const Instrument& instrument = context.market.instrument(id);
  const Quantity step = quantity_step(context.config(), instrument);
  const Quantity free = held(context.state, id) - open_quantity(context.state, id, Side::sell);
  const std::int64_t units = std::min({most, free, kQuantityMax}).units;
  trade(context, instrument, Side::sell, {units / step.units * step.units}, placements);
}

void place_sells(Context& context, const Wealth& wealth, Placements& placements) {
  const RunState& state = context.state;
  for (std::size_t i = 0; i < state.positions.size(); ++i) {
    const Position& position = state.positions[i];
    if (!is_target(state, position.instrument)) {
      sell(context, position.instrument, position.quantity, placements);
    }
  }
  const RebalancePlan& plan = *context.config().rebalance;
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    const InstrumentId id = *state.targets[i];
    const Price last = *context.last_price(id);
    const Money excess =
        expected_value(context, id, last) - wealth.equity * edges_of(plan, plan.targets[i].weight).high;
    if (excess.is_positive()) {
      sell(context, id, affordable(excess, last, Quantity{1}), placements);
    }
  }
}

void place_buys(Context& context, const Wealth& wealth, Placements& placements) {
  const RebalancePlan& plan = *context.config().rebalance;
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    const PlannedInstrument planned = look_up(context, plan.targets[i].symbol);
    const Money missing = wealth.equity * edges_of(plan, plan.targets[i].weight).low -
                          expected_value(context, planned.instrument->id, planned.last);
    trade(context, *planned.instrument, Side::buy, planned_buy(context, planned, missing), placements);
  }
}

bool has_open_rebalance_order(const RunState& state) {
  return std::any_of(state.open_orders.begin(), state.open_orders.end(),
                     [](const Order& order) { return order.source == OrderSource::rebalance; });
}

/// Where the calendar or a time of day decided on it; else the event's own day says all.
void append_scheduled(const Context& context, Fields& payload, const Due& due) {
  const Schedule& schedule = *context.config().rebalance->schedule;
  if (schedule.at || context.market.sessions() != nullptr) {
    append_due(payload, schedule, context.market, due);
  }
}

void post_skipped(Context& context, const Due& due, const Placements& placements, Denial why) {
  Fields payload{{"reason", std::string(code(why.reason))}};
  append_scheduled(context, payload, due);
  if (!why.detail.empty()) {
    payload.emplace_back("detail", std::move(why.detail));
  }
  placements.append_to(payload);
  post_event(context, EventType::rebalance_skipped, {}, std::move(payload));
}

bool is_out_of_band(const RebalancePlan& plan, const Wealth& wealth) {
  return (plan.band && wealth.drift > *plan.band) ||
         (plan.relative_band && wealth.relative_drift > *plan.relative_band);
}

bool is_cooling_down(const Context& context) {
  const std::optional<Date>& last = context.state.strategy.rebalanced_on;
  return last && context.market.session().date.days - last->days < context.config().rebalance->cooldown_days;
}

/// `due`: the schedule's date that has come; nullptr: only the bands may trigger.
void rebalance(Context& context, const Due* due) {
  const RebalancePlan& plan = *context.config().rebalance;
  const bool scheduled = due != nullptr;
  Wealth wealth;
  Placements placements;
  Denial why = measure(context, wealth);
  const bool cooling = is_cooling_down(context);
  if (!scheduled && ((!why && !is_out_of_band(plan, wealth)) || cooling)) {
    return;
  }
  if (!why && cooling) {
    why = {Reason::cooling_down, "last=" + format_date(*context.state.strategy.rebalanced_on)};
  } else if (!why) {
    place_sells(context, wealth, placements);
    if (has_open_rebalance_order(context.state)) {
      context.state.strategy.rebalance_buys_due = true;
    } else {
      place_buys(context, wealth, placements);
    }
    why = placements.first_denial ? placements.first_denial : Denial{Reason::within_bands, {}};
  }
  if (!placements.orders.empty()) {
    if (plan.cooldown_days > 0) {
      context.state.strategy.rebalanced_on = context.market.session().date;
    }
    Fields payload{{"trigger", scheduled ? "schedule" : "band"},
                   {"drift", to_string(wealth.drift)},
                   {"equity", to_string(wealth.equity)},
                   {"buys", context.state.strategy.rebalance_buys_due ? "after_sells" : "placed"}};
    if (scheduled) {
      append_scheduled(context, payload, *due);
    }
    placements.append_to(payload);
    post_event(context, EventType::rebalanced, {}, std::move(payload));
  } else if (scheduled) {
    post_skipped(context, *due, placements, std::move(why));
  }
}

/// The second half of a rebalance whose sells have ended; its event was written with the first.
void place_due_buys(Context& context) {
  context.state.strategy.rebalance_buys_due = false;
  Wealth wealth;
  Placements placements;
  if (!measure(context, wealth)) {
    place_buys(context, wealth, placements);
  }
}

}  // namespace

void run_rebalance(Context& context) {
  const RebalancePlan& plan = *context.config().rebalance;
  StrategyState& strategy = context.state.strategy;
  const Date today = context.market.session().date;
  if (plan.schedule && !strategy.rebalance.anchor) {
    begin_schedule(strategy.rebalance, *plan.schedule, context.market.sessions(), today, std::nullopt);
  }
  if (context.state.trading_state != TradingState::active || has_open_rebalance_order(context.state)) {
    return;
  }
  if (strategy.rebalance_buys_due) {
    place_due_buys(context);
    return;
  }
  std::vector<Due> due;
  if (plan.schedule) {
    due = reached(strategy.rebalance, *plan.schedule, context.market, std::nullopt);
  }
  if (!due.empty()) {
    await_installment(strategy.rebalance, *plan.schedule, context.market.sessions(), due.back().k + 1, std::nullopt);
    const auto live = std::find_if(due.rbegin(), due.rend(), [](const Due& one) { return !one.dropped; });
    if (live != due.rend()) {
      rebalance(context, &*live);
      return;
    }
    if (plan.schedule->interval != Interval::daily) {
      post_skipped(context, due.back(), {}, {Reason::not_a_session, {}});
    }
  }
  if (plan.band || plan.relative_band) {
    rebalance(context, nullptr);
  }
}

}  // namespace tradingd::engine
