#include "tests/unit/engine/model.h"

#include <algorithm>

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

/// At the price or beyond it, upwards or downwards.
bool past(bool upwards, Price price, Price mark) { return upwards ? price >= mark : price <= mark; }

}  // namespace

std::map<int, Holding> holdings_of(const std::vector<ModelTrade>& trades, bool fifo) {
  std::map<int, Holding> holdings;
  for (const ModelTrade& trade : trades) {
    Holding& holding = holdings[trade.symbol];
    const Money notional = trade.price * trade.quantity;
    if (trade.buy) {
      if (fifo || holding.lots.empty()) {
        holding.lots.emplace_back();
      }
      holding.lots.back().first += trade.quantity;
      holding.lots.back().second += notional;
    } else {
      Money cost;
      for (Quantity left = trade.quantity; left.is_positive();) {
        auto& [size, price] = holding.lots.front();
        const Quantity taken = std::min(left, size);
        const Money paid{share(price.units, taken.units, size.units)};
        cost += paid;
        size -= taken;
        price -= paid;
        left -= taken;
        if (size.is_zero()) {
          holding.lots.erase(holding.lots.begin());
        }
      }
      holding.realized += notional - cost;
    }
    holding.quantity += trade.buy ? trade.quantity : -trade.quantity;
    holding.cost = {};
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

/// Orders with a limit don't slip.
Price Model::slipped(const ModelOrder& order, Price price, Quantity quantity) const {
  if (order.limit) {
    return price;
  }
  Ratio by = rules_.slippage;
  const Int128 volume = volume_.at(order.symbol).units;
  if (!rules_.impact.is_zero()) {
    const Int128 part = volume == 0 || quantity.units >= volume ? kScale : share(quantity.units, kScale, volume);
    by = {static_cast<std::int64_t>(share(rules_.impact.units, part * part, Int128{kScale} * kScale))};
  }
  const Price moved = by.is_zero() ? price : price * (order.buy ? kOne + by : kOne - by);
  return std::max(Price{1}, order.buy ? moved + rules_.slippage_ticks : moved - rules_.slippage_ticks);
}

/// As much of the order's rest as the bar's volume leaves.
Part Model::part_of(const ModelOrder& order, Price price) const {
  Quantity quantity = order.rest();
  if (!rules_.volume_cap.is_zero()) {
    const auto traded = traded_.find(order.symbol);
    const Int128 most = static_cast<Int128>(volume_.at(order.symbol).units) * rules_.volume_cap.units / kScale;
    const Int128 left = std::max<Int128>(0, most - (traded == traded_.end() ? 0 : traded->second.units));
    if (quantity.units > left) {
      quantity.units = static_cast<std::int64_t>(left / rules_.step.units * rules_.step.units);
    }
  }
  return {slipped(order, price, quantity), quantity};
}

Money Model::cash() const {
  Money sum = paid_in_;
  for (const ModelTrade& trade : trades_) {
    const Money notional = trade.price * trade.quantity;
    sum += (trade.buy ? -notional : notional) - trade.fee;
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
  for (const auto& [symbol, holding] : holdings_of(trades_, rules_.fifo)) {
    if (!holding.quantity.is_zero()) {
      value += static_cast<Int128>(last_.at(symbol).units) * holding.quantity.units;
    }
  }
  return cash() + Money{share(value, 1, kScale)};
}

Quantity Model::held(int symbol) const {
  Quantity sum;
  for (const ModelTrade& trade : trades_) {
    if (trade.symbol == symbol) {
      sum += trade.buy ? trade.quantity : -trade.quantity;
    }
  }
  return sum;
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

/// The price, before slippage, at which an order that arrives now trades at once.
std::optional<Price> Model::price_now(const ModelOrder& order) const {
  const auto last = last_.find(order.symbol);
  if (rules_.next_open || !open_ || last == last_.end()) {
    return std::nullopt;
  }
  if (order.stop && !past(order.buy, last->second, *order.stop)) {
    return std::nullopt;
  }
  if (!order.limit) {
    return last->second;
  }
  const bool good = order.buy ? last->second <= *order.limit : last->second >= *order.limit;
  return good ? std::optional(last->second) : std::nullopt;
}

/// The price at which a stop trades on the row that triggers it.
std::optional<Price> Model::stop_price_on(const ModelOrder& order, const Row& row) const {
  const Price stop = *order.stop;
  const Price hit = order.buy ? std::max(row.open, stop) : std::min(row.open, stop);
  if (!order.limit) {
    return hit;
  }
  if (past(!order.buy, hit, *order.limit)) {
    return hit;
  }
  const bool gap = past(order.buy, row.open, stop);
  const bool back = order.buy ? row.low < *order.limit : row.high > *order.limit;
  return gap && back ? order.limit : std::nullopt;
}

/// The price at which a resting order trades on a row.
std::optional<Price> Model::price_on(const ModelOrder& order, const Row& row) const {
  if (order.stop && !order.triggered) {
    return past(order.buy, order.buy ? row.high : row.low, *order.stop) ? stop_price_on(order, row) : std::nullopt;
  }
  if (!order.limit) {
    return row.open;
  }
  const Price limit = *order.limit;
  if (row.low == row.high) {
    const bool good = order.buy ? row.close <= limit : row.close >= limit;
    return good ? std::optional(row.close) : std::nullopt;
  }
  if (order.buy) {
    return row.low < limit ? std::optional(std::min(row.open, limit)) : std::nullopt;
  }
  return row.high > limit ? std::optional(std::max(row.open, limit)) : std::nullopt;
}

/// What trading that much of the order takes from the cash; negative if it brings some.
Money Model::price_of(const ModelOrder& order, Price price, Quantity quantity) const {
  const Money notional = price * quantity;
  return (order.buy ? notional : -notional) + fee(order.buy, notional, quantity);
}

/// What an open buy of that much holds back.
Money Model::held_back_for(const ModelOrder& order, Quantity quantity) const {
  if (!order.buy) {
    return {};
  }
  const Price price =
      order.limit ? *order.limit : (order.stop ? *order.stop : last_.at(order.symbol)) * (kOne + rules_.buffer);
  return price_of(order, price, quantity);
}

std::string Model::why_not(const ModelOrder& order, const std::optional<Part>& now) const {
  if (state_ == "HALTED") {
    return "TRADING_HALTED";
  }
  if (state_ == "REDUCING" && order.buy) {
    return "TRADING_STATE_REDUCING";
  }
  if (order.symbol < 0) {
    return "UNKNOWN_SYMBOL";
  }
  if (order.quantity.units <= 0 || order.quantity.units % rules_.step.units != 0) {
    return "INVALID_QUANTITY";
  }
  if (order.limit && (order.limit->units <= 0 || *order.limit > kPriceMax)) {
    return "INVALID_PRICE";
  }
  if (order.quantity > kQuantityMax) {
    return "QUANTITY_ABOVE_MAXIMUM";
  }
  const auto last = last_.find(order.symbol);
  std::optional<Price> price = now ? std::optional(now->price) : std::nullopt;
  if (!price) {
    price = order.limit ? order.limit : order.stop;
  }
  if (!price && last != last_.end()) {
    price = last->second;
  }
  if (price && (*price * order.quantity).is_zero()) {
    return "NOTIONAL_BELOW_MINIMUM";
  }
  if (price && rules_.max_notional && *price * order.quantity > *rules_.max_notional) {
    return "NOTIONAL_ABOVE_MAXIMUM";
  }
  if (!price) {
    return "NO_PRICE";
  }
  Money needed = order.reserved;
  if (now) {
    needed = price_of(order, now->price, now->quantity);
    if (now->quantity < order.quantity) {
      needed += held_back_for(order, order.quantity - now->quantity);
    }
  }
  if (needed.is_positive() && needed > cash() - reserved()) {
    return "INSUFFICIENT_CASH";
  }
  if (!order.buy && order.quantity > held(order.symbol) - promised(order.symbol, false)) {
    return "INSUFFICIENT_POSITION";
  }
  if (order.buy && too_large(held(order.symbol) + promised(order.symbol, true) + order.quantity, *price)) {
    return "MAX_POSITION_EXCEEDED";
  }
  const auto open = static_cast<std::size_t>(
      std::count_if(orders_.begin(), orders_.end(), [](const ModelOrder& other) { return other.open(); }));
  if (rules_.max_open && (!now || now->quantity < order.quantity) && open >= *rules_.max_open) {
    return "MAX_OPEN_ORDERS_EXCEEDED";
  }
  return "NONE";
}

bool Model::too_large(Quantity resulting, Price price) const {
  return resulting > std::min(rules_.max_position.value_or(kPositionMax), kPositionMax) ||
         (rules_.max_value && price * resulting > *rules_.max_value);
}

void Model::trade(ModelOrder& order, const Part& part) {
  trades_.push_back(
      {order.symbol, order.buy, part.quantity, part.price, fee(order.buy, part.price * part.quantity, part.quantity)});
  traded_[order.symbol] += part.quantity;
  order.filled += part.quantity;
  if (order.rest().is_zero()) {
    end(order, "FILLED", "NONE");
    return;
  }
  order.status = "PARTIALLY_FILLED";
  order.reserved = {};
  order.reserved = std::max(Money{}, std::min(held_back_for(order, order.rest()), cash() - reserved()));
}

void Model::end(ModelOrder& order, const std::string& status, const std::string& reason) {
  order.status = status;
  order.reason = reason;
  order.reserved = {};
}

void Model::place(int symbol, bool buy, Quantity quantity, std::optional<Price> limit, std::optional<Price> stop,
                  bool gtc) {
  ModelOrder order{symbol, buy, gtc, quantity, {}, limit, stop, false, "", "NONE", {}, {}};
  std::optional<Part> now;
  if (const std::optional<Price> price = price_now(order)) {
    now = part_of(order, *price);
    if (now->quantity.units <= 0) {
      now.reset();
    }
  }
  order.triggered =
      stop && open_ && !rules_.next_open && last_.count(symbol) != 0 && past(buy, last_.at(symbol), *stop);
  const bool sane = symbol >= 0 && quantity.is_positive() && quantity <= kQuantityMax &&
                    (!limit || (limit->is_positive() && *limit <= kPriceMax));
  if (sane && buy && !now && (limit || stop || last_.count(symbol) != 0)) {
    order.reserved = held_back_for(order, quantity);
  }
  const std::string reason = why_not(order, now);
  if (reason != "NONE") {
    end(order, "REJECTED", reason);
    orders_.push_back(order);
    return;
  }
  order.status = "PENDING";
  if (!gtc && open_ && !rules_.next_open) {
    order.day = day_;
  }
  orders_.push_back(order);
  if (now) {
    trade(orders_.back(), *now);
  }
}

std::string Model::why_not_fill(const ModelOrder& order, const Part& part) const {
  if (order.buy && state_ == "REDUCING") {
    return "TRADING_STATE_REDUCING";
  }
  if ((part.price * part.quantity).is_zero()) {
    return "NOTIONAL_BELOW_MINIMUM";
  }
  if (price_of(order, part.price, part.quantity) > cash() - reserved() + order.reserved) {
    return "INSUFFICIENT_CASH";
  }
  return order.buy && too_large(held(order.symbol) + part.quantity, part.price) ? "MAX_POSITION_EXCEEDED" : "NONE";
}

void Model::meet(ModelOrder& order, const Row& row) {
  const std::optional<Price> price = price_on(order, row);
  if (order.stop && past(order.buy, order.buy ? row.high : row.low, *order.stop)) {
    order.triggered = true;
  }
  const Part part = order.open() && price ? part_of(order, *price) : Part{};
  if (!part.quantity.is_positive()) {
    return;
  }
  const std::string reason = why_not_fill(order, part);
  if (reason == "NONE") {
    trade(order, part);
  } else {
    end(order, "CANCELED", reason);
  }
}

void Model::tick(int day, bool open, const std::vector<Row>& rows) {
  open_ = open;
  day_ = day;
  for (const Row& row : rows) {
    last_[row.symbol] = row.close;
    volume_[row.symbol] = row.volume;
    traded_[row.symbol] = {};
  }
  for (ModelOrder& order : orders_) {
    if (!order.open() || order.gtc) {
      continue;
    }
    if (order.day && *order.day < day) {
      end(order, "EXPIRED", "DAY_ENDED");
    } else if (!order.day && open) {
      order.day = day;
    }
  }
  if (!open || state_ == "HALTED") {
    return;
  }
  for (ModelOrder& order : orders_) {
    for (const Row& row : rows) {
      if (row.symbol == order.symbol) {
        meet(order, row);
      }
    }
  }
}

std::string Model::cancel(std::int64_t order) {
  if (order < 1 || order > static_cast<std::int64_t>(orders_.size())) {
    return "ORDER_NOT_FOUND";
  }
  ModelOrder& found = orders_[static_cast<std::size_t>(order - 1)];
  if (!found.open()) {
    return "ORDER_NOT_OPEN";
  }
  end(found, "CANCELED", "CANCELED_BY_USER");
  return "NONE";
}

bool Model::withdraw(Money amount) {
  if (amount > cash() - reserved()) {
    return false;
  }
  paid_in_ -= amount;
  return true;
}

void Model::stop() {
  for (ModelOrder& order : orders_) {
    if (order.open()) {
      end(order, "CANCELED", "RUN_STOPPED");
    }
  }
}

}  // namespace tradingd::model
