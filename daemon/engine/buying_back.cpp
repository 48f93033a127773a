// What becomes of short positions on a margin call.
#include "daemon/engine/accounting.h"
#include "daemon/engine/orders.h"

namespace tradingd::engine {

void buy_back_shorts(Context& context) {
  RunState& state = context.state;
  cancel_all_orders(context, Reason::margin_call);
  for (const Position& position : state.positions) {
    if (!position.quantity.is_negative()) {
      continue;
    }
    Order order;
    order.id = OrderId{state.next_order++};
    order.instrument = position.instrument;
    order.tif = TimeInForce::gtc;
    order.source = OrderSource::liquidation;
    order.quantity = -position.quantity;
    order.placed_at = context.time;
    order.updated_at = context.time;
    Terms terms = terms_of(order);
    terms.liquidity = liquidity_of(context, context.market.instrument(order.instrument), order.quantity);
    if (context.config().fill_at == FillAt::close && terms.liquidity.quantity.is_positive()) {
      book_fill(context, order, *meet_price(context.config(), terms, *context.last_price(order.instrument)).fill);
    } else {
      context.effects.orders.push_back(order);
    }
    if (!is_final(order.status)) {
      state.open_orders.push_back(std::move(order));
    }
  }
}

}  // namespace tradingd::engine
