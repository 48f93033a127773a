#include "tests/unit/engine/accounts.h"

#include <algorithm>

namespace tradingd::model {

namespace {

constexpr Ratio kOne{kScale};

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

void scale(Holding& holding, const ModelTrade& trade, Quantity step) {
  holding.quantity = times(holding.quantity, trade.up, trade.down);
  Quantity rest = holding.quantity;
  for (auto& [size, price] : holding.lots) {
    size = times(size, trade.up, trade.down);
    rest -= size;
  }
  if (!holding.lots.empty()) {
    holding.lots.back().first += rest;
  }
  Money left;
  for (std::size_t i = holding.lots.size(); i-- > 0;) {
    if (holding.lots[i].first.is_zero()) {
      left += holding.lots[i].second;
      holding.lots.erase(holding.lots.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  if (holding.lots.empty()) {
    holding.realized -= left;
  } else {
    holding.lots.back().second += left;
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

Int128 share(Int128 a, Int128 b, Int128 c) {
  const Int128 down = a * b / c;
  const Int128 rest = a * b - down * c;
  const bool up = rest * 2 > c || (rest * 2 == c && down % 2 != 0);
  return up ? down + 1 : down;
}

std::map<int, Holding> holdings_of(const std::vector<ModelTrade>& trades, const Rules& rules) {
  std::map<int, Holding> holdings;
  for (const ModelTrade& trade : trades) {
    if (trade.quantity.is_positive()) {
      apply(holdings[trade.symbol], trade, rules.fifo);
    } else if (holdings.count(trade.symbol) != 0) {
      scale(holdings[trade.symbol], trade, rules.step);
    }
  }
  for (auto& [symbol, holding] : holdings) {
    for (const auto& [size, price] : holding.lots) {
      holding.cost += price;
    }
  }
  return holdings;
}

Money Accounts::fee(bool buy, Money notional, Quantity quantity) const {
  const auto later = rules_.later_fees.upper_bound(day_);
  const FeeRules& rules = later == rules_.later_fees.begin() ? rules_ : std::prev(later)->second;
  Money commission = rules.fixed_fee + notional * rules.fee_rate + rules.per_share * quantity;
  Money below;
  for (const auto& [up_to, rate] : rules.tiers) {
    const Money within = std::min(up_to, notional) - below;
    commission += within.is_positive() ? within * rate : Money{};
    below = up_to;
  }
  commission = std::max(commission, rules.least_fee);
  commission = std::min(commission, rules.most_fee.value_or(commission));
  return commission + commission * rules.tax + (buy ? Money{} : notional * rules.levy);
}

const std::map<int, Holding>& Accounts::holdings() const {
  if (counted_ != trades_.size()) {
    counted_ = trades_.size();
    holdings_ = holdings_of(trades_, rules_);
    traded_cash_ = {};
    for (const ModelTrade& trade : trades_) {
      const Money notional = trade.price * trade.quantity;
      traded_cash_ += (trade.buy ? -notional : notional) - trade.fee;
    }
    for (const auto& [symbol, holding] : holdings_) {
      traded_cash_ += holding.paid_out;
    }
  }
  return holdings_;
}

Money Accounts::cash() const {
  static_cast<void>(holdings());
  return paid_in_ + traded_cash_;
}

Money Accounts::value() const {
  Int128 value = 0;
  for (const auto& [symbol, holding] : holdings()) {
    if (!holding.quantity.is_zero()) {
      value += static_cast<Int128>(last_.at(symbol).units) * holding.quantity.units;
    }
  }
  const Int128 size = share(value < 0 ? -value : value, 1, kScale);
  return {value < 0 ? -size : size};
}

void Accounts::begin(int day, const std::vector<Row>& rows, const std::vector<ModelAction>& actions) {
  day_ = day;
  for (const ModelAction& action : actions) {
    const auto known = last_.find(action.symbol);
    if (action.dividend.is_zero() && known != last_.end()) {
      const Int128 units = share(known->second.units, action.down, action.up);
      known->second = {static_cast<std::int64_t>(std::max<Int128>(1, units))};
    }
  }
  for (const Row& row : rows) {
    last_[row.symbol] = row.close;
  }
}

void Accounts::act(const ModelAction& action) {
  const auto last = last_.find(action.symbol);
  if (action.dividend.is_positive()) {
    pay(action.dividend * held(action.symbol));
  } else {
    book({action.symbol, true, {}, last == last_.end() ? Price{} : last->second, {}, action.up, action.down});
  }
}

Quantity Accounts::held(int symbol) const {
  const auto found = holdings().find(symbol);
  return found == holdings().end() ? Quantity{} : found->second.quantity;
}

Money Accounts::collateral(Ratio margin) const {
  Money sum;
  for (const auto& [symbol, holding] : holdings()) {
    if (holding.quantity.is_negative()) {
      sum += last_.at(symbol) * -holding.quantity * (kOne + margin);
    }
  }
  return sum;
}

}  // namespace tradingd::model
