#include "daemon/engine/orders.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "daemon/engine/accounting.h"
#include "daemon/engine/limits.h"
#include "daemon/engine/order_types.h"

namespace tradingd::engine {

namespace {

Order make_order(const Context& context, const PlaceOrder& wanted, const Proposal& proposal, OrderSource source) {
  Order order;
  order.id = OrderId{context.state.next_order};
  order.client_order_id = wanted.client_order_id;
  if (proposal.instrument != nullptr) {
    order.instrument = proposal.instrument->id;
  } else {
    order.symbol = wanted.symbol;
  }
  order.side = wanted.side;
  order.type = wanted.type;
  order.tif = wanted.tif;
  order.source = source;
  order.quantity = proposal.quantity;
  order.limit_price = wanted.limit_price;
  order.stop_price = proposal.terms.stop_price;
  order.trail_amount = wanted.trail_amount;
  order.trail_percent = wanted.trail_percent;
  order.expires_at = wanted.expires_at;
  order.notional = wanted.notional;
  order.take_profit = wanted.take_profit;
  order.stop_loss = wanted.stop_loss;
  order.group = proposal.group;
  order.placed_at = context.time;
  order.updated_at = context.time;
  if (proposal.triggered && is_stop(order.type)) {
    order.triggered_at = context.time;
  }
  return order;
}

/// Whether it ends with the session that it belongs to.
bool is_for_a_session(const Order& order) {
  return auction_of(order.type, order.tif) != Auction::open && order.tif != TimeInForce::gtc &&
         order.tif != TimeInForce::gtd;
}

bool must_fill_at_once(const Order& order) { return order.tif == TimeInForce::ioc || order.tif == TimeInForce::fok; }

/// Gives an order that stays open the session that it belongs to, where that is known by now.
void assign_session(const Context& context, Order& order) {
  const Session& session = context.market.session();
  const Auction auction = auction_of(order.type, order.tif);
  const bool knows_its_end = auction == Auction::none || session.closes;
  const bool over = auction != Auction::open && session.closes && context.time >= *session.closes;
  if (session.open && !over &&
      (auction == Auction::open ||
       (is_for_a_session(order) && knows_its_end && context.config().fill_at == FillAt::close))) {
    order.session = session.date;
  }
}

void rest(Context& context, Order order, Money reserved) {
  assign_session(context, order);
  order.reserved = reserved;
  context.state.reserved += order.reserved;
  context.effects.orders.push_back(order);
  context.state.open_orders.push_back(std::move(order));
}

void touch(Context& context, Order& order) {
  order.updated_at = context.time;
  context.effects.orders.push_back(order);
}

/// Ends an open order without a trade; it stays in the list until `sweep`.
void end_order(Context& context, Order& order, OrderStatus status, Denial why) {
  TD_ASSERT(may_become(order.status, status));
  context.state.reserved -= order.reserved;
  order.reserved = {};
  order.status = status;
  order.reason = why.reason;
  order.reason_detail = std::move(why.detail);
  order.updated_at = context.time;
  context.effects.orders.push_back(order);
}

void sweep(RunState& state) {
  std::erase_if(state.open_orders, [](const Order& order) { return is_final(order.status); });
}

/// Gives the open order `first` of a new group its group.
void found_group(Context& context, OrderId first) {
  for (Order& order : context.state.open_orders) {
    if (order.id == first && order.group.value == 0) {
      order.group = first;
      touch(context, order);
    }
  }
}

/// An order of a group has traded: what is open of the others becomes smaller by that much, and ends where nothing is
/// left. They stay in the list until `sweep`.
void reduce_others(Context& context, OrderId group, OrderId traded, Quantity quantity) {
  if (group.value == 0) {
    return;
  }
  for (Order& order : context.state.open_orders) {
    if (order.group != group || order.id == traded || is_final(order.status)) {
      continue;
    }
    const Quantity open = order.open_quantity();
    if (quantity >= open) {
      end_order(context, order, OrderStatus::canceled,
                {Reason::oco_order_filled, "order_id=" + std::to_string(traded.value)});
      continue;
    }
    const Money released = order.reserved - pro_rata(order.reserved, open - quantity, open);
    order.reserved -= released;
    context.state.reserved -= released;
    order.quantity -= quantity;
    touch(context, order);
  }
}

void place_exit(Context& context, const Order& entry, OrderType type, Price price, Quantity quantity) {
  Order exit;
  exit.id = OrderId{context.state.next_order++};
  exit.instrument = entry.instrument;
  exit.side = entry.side == Side::buy ? Side::sell : Side::buy;
  exit.type = type;
  exit.tif = TimeInForce::gtc;
  exit.source = entry.source;
  exit.quantity = quantity;
  (type == OrderType::limit ? exit.limit_price : exit.stop_price) = price;
  exit.group = entry.id;
  exit.placed_at = context.time;
  exit.updated_at = context.time;
  rest(context, std::move(exit), {});
}

bool needs_exits(const Order& entry) {
  return entry.take_profit && entry.stop_loss && is_final(entry.status) && entry.filled.is_positive();
}

/// Of a bracket's entry that has ended with a trade; grows the list of open orders. They are for what it has bought, as
/// far as that is still there and not promised.
void place_exits(Context& context, const Order& entry) {
  if (!needs_exits(entry)) {
    return;
  }
  const RunState& state = context.state;
  const Quantity free = held(state, entry.instrument) - open_quantity(state, entry.instrument, Side::sell);
  const Quantity quantity = std::min(entry.filled, free);
  if (quantity.is_positive()) {
    place_exit(context, entry, OrderType::stop, *entry.stop_loss, quantity);
    place_exit(context, entry, OrderType::limit, *entry.take_profit, quantity);
  }
}

/// Whether this bar is the one that the order waits for.
bool is_its_bar(const Context& context, const Order& order) {
  const Session& session = context.market.session();
  switch (auction_of(order.type, order.tif)) {
    case Auction::none:
      return true;
    case Auction::open:
      return !order.session || *order.session < session.date;
    case Auction::close:
      return !session.closes || context.time >= *session.closes;
  }
  TD_ASSERT(false);
}

/// What becomes of what a bar has left of an order.
void leave_unfilled(Context& context, Order& order, const Bar& bar, bool triggered_now) {
  if (auction_of(order.type, order.tif) != Auction::none) {
    end_order(context, order, OrderStatus::expired, {Reason::auction_over, {}});
  } else if (must_fill_at_once(order)) {
    end_order(context, order, OrderStatus::canceled, {Reason::not_filled_at_once, {}});
  } else if (triggered_now) {
    touch(context, order);
  } else if (kind_of(order.type).trail && !order.triggered_at) {
    const Price stop = trailed_stop(order, order.stop_price, order.side == Side::buy ? bar.low : bar.high);
    if (stop != *order.stop_price) {
      order.stop_price = stop;
      touch(context, order);
    }
  }
}

/// Whether `a` is served before `b`, of the same side, whatever their age.
bool has_better_price(const Order& a, const Order& b) {
  if (!a.limit_price || !b.limit_price) {
    return !a.limit_price && b.limit_price;
  }
  return a.side == Side::buy ? *a.limit_price > *b.limit_price : *a.limit_price < *b.limit_price;
}

/// The places of the orders in the list, which is by id, in price-time order. Each queue, an instrument's buys or its
/// sells, keeps its places among the others.
std::vector<std::size_t> price_time_order(const std::vector<Order>& orders) {
  std::vector<std::size_t> by_age(orders.size());
  std::iota(by_age.begin(), by_age.end(), 0);
  std::vector<std::size_t> by_price = by_age;
  const auto queue = [&](std::size_t i) { return std::pair(orders[i].instrument, orders[i].side); };
  std::sort(by_age.begin(), by_age.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(queue(a), a) < std::pair(queue(b), b); });
  std::sort(by_price.begin(), by_price.end(), [&](std::size_t a, std::size_t b) {
    if (queue(a) != queue(b)) return queue(a) < queue(b);
    if (has_better_price(orders[a], orders[b])) return true;
    return !has_better_price(orders[b], orders[a]) && a < b;
  });
  std::vector<std::size_t> order(orders.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[by_age[i]] = by_price[i];
  }
  return order;
}

void meet(Context& context, Order& order, const Bar& bar) {
  Terms terms = terms_of(order);
  terms.liquidity = liquidity_of(context, context.market.instrument(order.instrument), order.open_quantity());
  const Meeting meeting = meet_bar(context.config(), terms, bar);
  const bool triggered_now = meeting.triggered && !order.triggered_at;
  if (triggered_now) {
    order.triggered_at = context.time;
  }
  const Quantity quantity = terms.liquidity.quantity;
  const bool enough = quantity == order.open_quantity() || order.tif != TimeInForce::fok;
  if (!meeting.fill || !quantity.is_positive() || !enough) {
    leave_unfilled(context, order, bar, triggered_now);
  } else if (Denial denial = check_filling(context, order, *meeting.fill)) {
    end_order(context, order, OrderStatus::canceled, std::move(denial));
  } else {
    book_fill(context, order, *meeting.fill);
    reduce_others(context, order.group, order.id, quantity);
    if (!is_final(order.status)) {
      leave_unfilled(context, order, bar, false);
    }
  }
}

/// What is placed in the order's stead.
PlaceOrder changed(const Context& context, const Order& order, const ReplaceOrder& changes) {
  PlaceOrder wanted;
  wanted.client_order_id = changes.client_order_id;
  wanted.symbol = context.market.instrument(order.instrument).symbol;
  wanted.side = order.side;
  wanted.type = order.type;
  wanted.tif = order.tif;
  wanted.quantity = changes.quantity.value_or(order.open_quantity());
  wanted.limit_price = changes.limit_price ? changes.limit_price : order.limit_price;
  const bool trails = kind_of(order.type).trail;
  wanted.stop_price = changes.stop_price || trails ? changes.stop_price : order.stop_price;
  const bool new_trail = changes.trail_amount || changes.trail_percent;
  wanted.trail_amount = new_trail ? changes.trail_amount : order.trail_amount;
  wanted.trail_percent = new_trail ? changes.trail_percent : order.trail_percent;
  wanted.expires_at = order.expires_at;
  wanted.take_profit = order.take_profit;
  wanted.stop_loss = order.stop_loss;
  return wanted;
}

/// Carries the decided-on order out, whichever way it goes.
Placed settle(Context& context, Order order, const PlaceOrder& wanted, const Proposal& proposal, Denial denial) {
  RunState& state = context.state;
  ++state.next_order;
  if (!wanted.client_order_id.empty()) {
    state.client_orders.emplace(wanted.client_order_id, ClientOrder{order.id, digest_of_fields(wanted)});
  }
  const OrderId id = order.id;
  count_order(context, order.source, !denial);
  if (denial) {
    order.status = OrderStatus::rejected;
    order.reason = denial.reason;
    order.reason_detail = denial.detail;
    context.effects.orders.push_back(std::move(order));
    return {id, std::move(denial)};
  }
  if (wanted.oco.value != 0) {
    found_group(context, wanted.oco);
  }
  if (proposal.fill) {
    if (proposal.fill->quantity < order.quantity) {
      assign_session(context, order);
    }
    book_fill(context, order, *proposal.fill);
    reduce_others(context, order.group, id, proposal.fill->quantity);
    sweep(state);
    if (order.status == OrderStatus::partially_filled && must_fill_at_once(order)) {
      end_order(context, order, OrderStatus::canceled, {Reason::not_filled_at_once, {}});
    }
    if (!is_final(order.status)) {
      state.open_orders.push_back(order);
    }
    place_exits(context, order);
  } else if (must_fill_at_once(order) && context.config().fill_at == FillAt::close) {
    order.status = OrderStatus::canceled;
    order.reason = Reason::not_filled_at_once;
    context.effects.orders.push_back(std::move(order));
  } else {
    rest(context, std::move(order), reservation_for(context, proposal));
  }
  return {id, {}};
}

}  // namespace

Placed place_order(Context& context, const PlaceOrder& wanted, OrderSource source) {
  const Proposal proposal = propose(context, wanted, source);
  Denial denial = check_placing(context, proposal);
  return settle(context, make_order(context, wanted, proposal, source), wanted, proposal, std::move(denial));
}

Placed replace_order(Context& context, OrderId id, const ReplaceOrder& changes) {
  RunState& state = context.state;
  const auto place = std::find_if(state.open_orders.begin(), state.open_orders.end(),
                                  [id](const Order& order) { return order.id == id; });
  TD_ASSERT(place != state.open_orders.end());
  const auto index = place - state.open_orders.begin();
  Order old = *place;
  const PlaceOrder wanted = changed(context, old, changes);

  // The checks see the run without the old order.
  state.open_orders.erase(place);
  state.reserved -= old.reserved;
  const bool stays_triggered =
      old.triggered_at && !changes.stop_price && !changes.trail_amount && !changes.trail_percent;
  Proposal proposal = propose(context, wanted, old.source, stays_triggered);
  proposal.group = old.group;
  if (Denial denial = check_placing(context, proposal)) {
    state.reserved += old.reserved;
    state.open_orders.insert(state.open_orders.begin() + index, std::move(old));
    return {id, std::move(denial)};
  }
  state.reserved += old.reserved;  // `end_order` gives it back
  Order order = make_order(context, wanted, proposal, old.source);
  order.replaces = id;
  if (stays_triggered) {
    order.triggered_at = old.triggered_at;
  }
  if (kind_of(order.type).trail && !changes.trail_amount && !changes.trail_percent) {
    order.stop_price = old.stop_price;  // as far as it has come
  }
  end_order(context, old, OrderStatus::replaced,
            {Reason::replaced_by_order, "order_id=" + std::to_string(order.id.value)});
  Placed placed = settle(context, std::move(order), wanted, proposal, {});
  place_exits(context, old);
  return placed;
}

bool cancel_order(Context& context, OrderId id, Reason reason) {
  std::vector<Order>& orders = context.state.open_orders;
  const auto found = std::find_if(orders.begin(), orders.end(), [id](const Order& order) { return order.id == id; });
  if (found == orders.end()) {
    return false;
  }
  end_order(context, *found, OrderStatus::canceled, {reason, {}});
  const Order ended = *found;
  sweep(context.state);
  place_exits(context, ended);
  return true;
}

void cancel_all_orders(Context& context, Reason reason) {
  for (Order& order : context.state.open_orders) {
    end_order(context, order, OrderStatus::canceled, {reason, {}});
  }
  sweep(context.state);
}

void expire_orders(Context& context) {
  const Session& session = context.market.session();
  std::vector<Order> entries;
  for (Order& order : context.state.open_orders) {
    if (order.expires_at && *order.expires_at < context.time) {
      end_order(context, order, OrderStatus::expired, {Reason::expire_time_reached, {}});
    } else if (!is_for_a_session(order)) {
      continue;
    } else if (order.session && *order.session < session.date) {
      end_order(context, order, OrderStatus::expired, {Reason::day_ended, {}});
    } else if (!order.session && session.open) {
      order.session = session.date;
      touch(context, order);
    }
    if (needs_exits(order)) {
      entries.push_back(order);
    }
  }
  sweep(context.state);
  for (const Order& entry : entries) {
    place_exits(context, entry);
  }
}

void fill_resting_orders(Context& context) {
  const bool halted = context.state.trading_state == TradingState::halted;
  std::vector<Order> entries;
  const std::vector<std::size_t> in_turn = price_time_order(context.state.open_orders);
  for (const bool group_stops : {true, false}) {
    for (const std::size_t place : in_turn) {
      Order& order = context.state.open_orders[place];
      const Market::Quote* quote = context.market.quote(order.instrument);
      if (halted && order.source != OrderSource::liquidation) {
        continue;
      }
      if (is_final(order.status) || (order.group.value != 0 && is_stop(order.type)) != group_stops ||
          quote == nullptr || quote->time != context.market.time() || !is_its_bar(context, order)) {
        continue;
      }
      meet(context, order, quote->bar);
      if (needs_exits(order)) {
        entries.push_back(order);
      }
    }
  }
  sweep(context.state);
  for (const Order& entry : entries) {
    place_exits(context, entry);
  }
}

}  // namespace tradingd::engine
