#include "daemon/engine/strategy.h"

#include <algorithm>

#include "daemon/engine/accounting.h"
#include "daemon/engine/fills.h"
#include "daemon/engine/margin.h"

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
  const Quantity most = affordable(amount, planned.last, step);
  const Quantity wanted =
      most_payable(amount, most, step, [&](Quantity quantity) { return planned_cost(context, planned, quantity); });
  if (config.fill_at == FillAt::close && !config.volume_cap) {
    return most_payable(spendable(context), wanted, step,
                        [&](Quantity quantity) { return planned_cost(context, planned, quantity); });
  }
  // What doesn't fill at once must be reserved.
  const Price reserved = reservation_price(config, Terms{}, planned.last);
  return most_payable(spendable(context), wanted, step, [&](Quantity quantity) {
    return cost_of(config, context.market.session().date, reserved, quantity);
  });
}

Money planned_cost(const Context& context, const PlannedInstrument& planned, Quantity quantity) {
  const RunConfig& config = context.config();
  Liquidity liquidity = liquidity_of(context, *planned.instrument, quantity);
  liquidity.quantity = quantity;
  const Price price = with_slippage(config.slippage, Side::buy, planned.last, liquidity);
  return cost_of(config, context.market.session().date, price, quantity);
}

}  // namespace tradingd::engine
