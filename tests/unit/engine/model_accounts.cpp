// The naive model's accounts: positions, cash, fees, margins.
#include <algorithm>

#include "tests/unit/engine/model.h"

namespace tradingd::model {

namespace {

constexpr Ratio kOne{kScale};

/// a × b / c, to the nearest, a tie to even.
Int128 share(Int128 a, Int128 b, Int128 c) {
  const Int128 down = a * b / c;
  const Int128 rest = a * b - down * c;
  const bool up = rest * 2 > c || (rest * 2 == c && down % 2 != 0);
  return up ? down + 1 : down;
}

Quantity size_of(Quantity quantity) { return quantity.is_negative() ? -quantity : quantity; }

/// Takes so much out of the first lots; what that had cost.
Money close(Holding& holding, Quantity left) {
  Money cost;
  while (left.is_positive()) {
    auto& [size, price] = holding.lots.front();
    const std::int64_t way = size.is_negative() ? -1 : 1;
    const Quantity taken = std::min(left, size_of(size));
    const Money paid{way * share(way * price.units, taken.units, size_of(size).units)};
    cost += paid;
    size -= Quantity{way * taken.units};
    price -= paid;
    left -= taken;
    if (size.is_zero()) {
      holding.lots.erase(holding.lots.begin());
    }
  }
  return cost;
}

Quantity times(Quantity quantity, std::int64_t up, std::int64_t down) {
  return {static_cast<std::int64_t>(static_cast<Int128>(quantity.units) * up / down)};
}

void split(Holding& holding, const ModelTrade& trade, Quantity step) {
  holding.quantity = times(holding.quantity, trade.up, trade.down);
  Quantity rest = holding.quantity;
  for (auto& [size, price] : holding.lots) {
    size = times(size, trade.up, trade.down);
    rest -= size;
  }
  if (!holding.lots.empty()) {
    holding.lots.back().first += rest;
  }
  const Quantity whole{holding.quantity.units / step.units * step.units};
  const Quantity fraction = holding.quantity - std::clamp(whole, -kPositionMax, kPositionMax);
  if (!fraction.is_zero()) {
    const Money cost = close(holding, size_of(fraction));
    const Money paid = trade.price * fraction;
    holding.quantity -= fraction;
    holding.realized += paid - cost;
    holding.paid_out += paid;
  }
}

void apply(Holding& holding, const ModelTrade& trade, bool fifo) {
  const Money notional = trade.price * trade.quantity;
  const bool closes = trade.buy ? holding.quantity.is_negative() : holding.quantity.is_positive();
  const Quantity closing = closes ? std::min(trade.quantity, size_of(holding.quantity)) : Quantity{};
  const Money closed{share(notional.units, closing.units, trade.quantity.units)};
  if (closing.is_positive()) {
    holding.realized += (trade.buy ? -closed : closed) - close(holding, closing);
  }
  const Quantity opening = trade.quantity - closing;
  if (opening.is_positive()) {
    if (fifo || holding.lots.empty()) {
      holding.lots.emplace_back();
    }
    holding.lots.back().first += trade.buy ? opening : -opening;
    holding.lots.back().second += trade.buy ? notional - closed : closed - notional;
  }
  holding.quantity += trade.buy ? trade.quantity : -trade.quantity;
}

}  // namespace

std::map<int, Holding> holdings_of(const std::vector<ModelTrade>& trades, const Rules& rules) {
  std::map<int, Holding> holdings;
  for (const ModelTrade& trade : trades) {
    if (trade.quantity.is_positive()) {
      apply(holdings[trade.symbol], trade, rules.fifo);
    } else if (holdings.count(trade.symbol) != 0) {
      split(holdings[trade.symbol], trade, rules.step);
    }
  }
  for (auto& [symbol, holding] : holdings) {
    for (const auto& [size, price] : holding.lots) {
      holding.cost += price;
    }
  }
  return holdings;
}

Money Model::fee(bool buy, Money notional, Quantity quantity) const {
  const Money commission =
      std::max(rules_.fixed_fee + notional * rules_.fee_rate + rules_.per_share * quantity, rules_.least_fee);
  return commission + commission * rules_.tax + (buy ? Money{} : notional * rules_.levy);
}

Money Model::cash() const {
  Money sum = paid_in_;
  for (const ModelTrade& trade : trades_) {
    const Money notional = trade.price * trade.quantity;
    sum += (trade.buy ? -notional : notional) - trade.fee;
  }
  for (const auto& [symbol, holding] : holdings_of(trades_, rules_)) {
    sum += holding.paid_out;
  }
  return sum;
}

Money Model::reserved() const {
  Money sum;
  for (const ModelOrder& order : orders_) {
    sum += order.reserved;
  }
  return sum;
}

Money Model::equity() const {
  Int128 value = 0;
  for (const auto& [symbol, holding] : holdings_of(trades_, rules_)) {
    if (!holding.quantity.is_zero()) {
      value += static_cast<Int128>(last_.at(symbol).units) * holding.quantity.units;
    }
  }
  const Int128 size = share(value < 0 ? -value : value, 1, kScale);
  return cash() + Money{value < 0 ? -size : size};
}

Quantity Model::held(int symbol) const {
  const auto holdings = holdings_of(trades_, rules_);
  const auto found = holdings.find(symbol);
  return found == holdings.end() ? Quantity{} : found->second.quantity;
}

Quantity Model::promised(int symbol, bool buy) const {
  Quantity sum;
  for (const ModelOrder& order : orders_) {
    if (order.open() && order.symbol == symbol && order.buy == buy) {
      sum += order.rest();
    }
  }
  return sum;
}

Money Model::collateral(Ratio margin) const {
  Money sum;
  for (const auto& [symbol, holding] : holdings_of(trades_, rules_)) {
    if (holding.quantity.is_negative()) {
      sum += last_.at(symbol) * -holding.quantity * (kOne + margin);
    }
  }
  return sum;
}

Money Model::spendable() const {
  const Money available = cash() - reserved();
  return rules_.initial_margin ? available - collateral(*rules_.initial_margin) : available;
}

Quantity Model::opens_of(const ModelOrder& order, Quantity quantity, bool other_orders) const {
  if (!rules_.initial_margin || order.symbol < 0) {
    return order.buy ? quantity : Quantity{};
  }
  Quantity free = order.buy ? -held(order.symbol) : held(order.symbol);
  if (other_orders) {
    free -= promised(order.symbol, order.buy) - (order.open() ? order.rest() : Quantity{});
  }
  return quantity - std::clamp(free, Quantity{}, std::max(quantity, Quantity{}));
}

/// What a trade ties up as collateral, or, negative, sets free.
Money Model::tied_by(const ModelOrder& order, Quantity quantity, Quantity opens) const {
  const Quantity changed = order.buy ? quantity - opens : opens;
  if (!rules_.initial_margin || changed.is_zero()) {
    return {};
  }
  const Money value = last_.at(order.symbol) * changed * (kOne + *rules_.initial_margin);
  return order.buy ? -value : value;
}

/// What trading that much of the order takes from the cash; negative if it brings some.
Money Model::price_of(const ModelOrder& order, Price price, Quantity quantity) const {
  const Money notional = price * quantity;
  return (order.buy ? notional : -notional) + fee(order.buy, notional, quantity);
}

/// What an open order holds back for so much that will open a position.
Money Model::held_back_for(const ModelOrder& order, Quantity opens) const {
  if (opens.is_zero()) {
    return {};
  }
  const Price price =
      order.limit ? *order.limit : (order.stop ? *order.stop : last_.at(order.symbol)) * (kOne + rules_.buffer);
  const Money notional = price * opens;
  return order.buy ? price_of(order, price, opens) : notional * *rules_.initial_margin + fee(false, notional, opens);
}

/// What stays open of the order holds back what it can.
void Model::hold_back(ModelOrder& order) {
  order.reserved = {};
  const Money wanted = held_back_for(order, opens_of(order, order.rest(), true));
  order.reserved = std::max(Money{}, std::min(wanted, spendable()));
}

std::string Model::why_no_cash(const ModelOrder& order, const std::optional<Part>& now) const {
  const Quantity opens = opens_of(order, order.quantity, true);
  const Quantity at_once = now ? now->quantity : Quantity{};
  const Quantity closes_now = std::min(at_once, order.quantity - opens);
  const Quantity opens_now = at_once - closes_now;
  const Money held_back = held_back_for(order, opens - opens_now);
  const Money cost = now ? price_of(order, now->price, at_once) : Money{};
  if (now && opens_now.is_zero() && held_back.is_zero()) {
    return cost.is_positive() && cost > cash() - reserved() ? "INSUFFICIENT_CASH" : "NONE";
  }
  const Money needed = (now ? std::max(Money{}, cost + tied_by(order, at_once, opens_now)) : Money{}) + held_back;
  return needed.is_positive() && needed > spendable() ? "INSUFFICIENT_CASH" : "NONE";
}

}  // namespace tradingd::model
