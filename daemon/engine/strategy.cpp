#include "daemon/engine/strategy.h"

#include <algorithm>

#include "daemon/engine/fills.h"

namespace tradingd::engine {

void Placements::skip(std::string_view symbol, Denial denial) {
  skipped += (skipped.empty() ? "" : " ") + std::string(symbol) + ":" + std::string(code(denial.reason));
  if (!first_denial) {
    first_denial = std::move(denial);
  }
}

void Placements::append_to(Fields& payload) const {
  std::string ids;
  for (const OrderId order : orders) {
    ids += (ids.empty() ? "" : ",") + std::to_string(order.value);
  }
  payload.emplace_back("orders", std::move(ids));
  if (!skipped.empty()) {
    payload.emplace_back("skipped", skipped);
  }
}

bool place_planned(Context& context, const std::string& symbol, Side side, Quantity quantity, OrderSource source,
                   Placements& placements) {
  PlaceOrder order;
  order.symbol = symbol;
  order.side = side;
  // An installment waits for its instrument's next bar, however late; a rebalance that can't be done in
  // its session must not hold up the next one.
  order.tif = source == OrderSource::sip ? TimeInForce::gtc : TimeInForce::day;
  order.quantity = quantity;
  if (Denial denial = check_placing(context, propose(context, order, source))) {
    placements.skip(symbol, std::move(denial));
    return false;
  }
  placements.orders.push_back(place_order(context, order, source).order);
  return true;
}

PlannedInstrument look_up(const Context& context, const std::string& symbol) {
  PlannedInstrument planned;
  planned.instrument = context.market.find(symbol);
  if (planned.instrument == nullptr) {
    planned.denial = {Reason::unknown_symbol, "symbol=" + symbol};
  } else if (const std::optional<Price> last = context.last_price(planned.instrument->id)) {
    planned.last = *last;
  } else {
    planned.denial = {Reason::no_price, "symbol=" + symbol};
  }
  return planned;
}

Quantity planned_buy(const Context& context, const PlannedInstrument& planned, Money amount) {
  const RunConfig& config = context.config();
  const Quantity step = quantity_step(config, *planned.instrument);
  const Price price = with_slippage(config.slippage, Side::buy, planned.last);
  const Quantity wanted = affordable_with_fee(config, amount, price, step);
  const Price reserved = config.fill_at == FillAt::close ? price : reservation_price(config, Terms{}, planned.last);
  return std::min(wanted, affordable_with_fee(config, context.state.available(), reserved, step));
}

Money planned_cost(const Context& context, const PlannedInstrument& planned, Quantity quantity) {
  const RunConfig& config = context.config();
  return cost_of(config, with_slippage(config.slippage, Side::buy, planned.last), quantity);
}

}  // namespace tradingd::engine
