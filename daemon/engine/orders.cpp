#include "daemon/engine/orders.h"

#include <algorithm>

#include "daemon/engine/accounting.h"

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
  order.quantity = wanted.quantity;
  order.limit_price = wanted.limit_price;
  order.stop_price = wanted.stop_price;
  order.placed_at = context.time;
  order.updated_at = context.time;
  return order;
}

void rest(Context& context, Order order, const Proposal& proposal) {
  order.reserved = cash_needed(context, proposal);
  const Session& session = context.market.session();
  if (order.tif == TimeInForce::day && context.config().fill_at == FillAt::close && session.open) {
    order.session = session.date;
  }
  context.state.reserved += order.reserved;
  context.effects.orders.push_back(order);
  context.state.open_orders.push_back(std::move(order));
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

}  // namespace

Placed place_order(Context& context, const PlaceOrder& wanted, OrderSource source) {
  RunState& state = context.state;
  const Proposal proposal = propose(context, wanted);
  Denial denial = check_placing(context, proposal);
  Order order = make_order(context, wanted, proposal, source);
  ++state.next_order;
  if (!wanted.client_order_id.empty()) {
    state.client_orders.emplace(wanted.client_order_id, ClientOrder{order.id, digest_of_fields(wanted)});
  }

  const OrderId id = order.id;
  if (denial) {
    order.status = OrderStatus::rejected;
    order.reason = denial.reason;
    order.reason_detail = denial.detail;
    context.effects.orders.push_back(std::move(order));
  } else if (proposal.fill) {
    book_fill(context, order, *proposal.fill);
  } else {
    rest(context, std::move(order), proposal);
  }
  return {id, std::move(denial)};
}

bool cancel_order(Context& context, OrderId id, Reason reason) {
  std::vector<Order>& orders = context.state.open_orders;
  const auto found = std::find_if(orders.begin(), orders.end(), [id](const Order& order) { return order.id == id; });
  if (found == orders.end()) {
    return false;
  }
  end_order(context, *found, OrderStatus::canceled, {reason, {}});
  sweep(context.state);
  return true;
}

void cancel_all_orders(Context& context, Reason reason) {
  for (Order& order : context.state.open_orders) {
    end_order(context, order, OrderStatus::canceled, {reason, {}});
  }
  sweep(context.state);
}

void roll_day_orders(Context& context) {
  const Session& session = context.market.session();
  for (Order& order : context.state.open_orders) {
    if (order.tif != TimeInForce::day) {
      continue;
    }
    if (order.session && *order.session < session.date) {
      end_order(context, order, OrderStatus::expired, {Reason::day_ended, {}});
    } else if (!order.session && session.open) {
      order.session = session.date;
      order.updated_at = context.time;
      context.effects.orders.push_back(order);
    }
  }
  sweep(context.state);
}

void fill_resting_orders(Context& context) {
  // Ids count up with time, so that the list's order is price-time order.
  for (Order& order : context.state.open_orders) {
    const Market::Quote* quote = context.market.quote(order.instrument);
    if (quote == nullptr || quote->time != context.time) {
      continue;  // this tick has no bar of it
    }
    const std::optional<Fill> fill =
        fill_on_bar(context.config(), {order.side, order.type, order.limit_price}, quote->bar);
    if (!fill) {
      continue;
    }
    if (Denial denial = check_filling(context, order, *fill)) {
      end_order(context, order, OrderStatus::canceled, std::move(denial));
    } else {
      book_fill(context, order, *fill);
    }
  }
  sweep(context.state);
}

}  // namespace tradingd::engine
