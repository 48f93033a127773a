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

std::map<int, Holding> holdings_of(const std::vector<ModelTrade>& trades) {
  std::map<int, Holding> holdings;
  for (const ModelTrade& trade : trades) {
    Holding& holding = holdings[trade.symbol];
    const Money notional = trade.price * trade.quantity;
    if (trade.buy) {
      holding.quantity += trade.quantity;
      holding.cost += notional;
    } else {
      const Money cost{share(holding.cost.units, trade.quantity.units, holding.quantity.units)};
      holding.quantity -= trade.quantity;
      holding.cost -= cost;
      holding.realized += notional - cost;
    }
  }
  return holdings;
}

Money Model::fee(Money notional) const { return rules_.fixed_fee + notional * rules_.fee_rate; }

Price Model::slipped(bool buy, Price price) const {
  if (rules_.slippage.is_zero()) {
    return price;
  }
  return std::max(Price{1}, price * (buy ? kOne + rules_.slippage : kOne - rules_.slippage));
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
  for (const auto& [symbol, holding] : holdings_of(trades_)) {
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
    if (order.status == "PENDING" && order.symbol == symbol && order.buy == buy) {
      sum += order.quantity;
    }
  }
  return sum;
}

/// The price at which an order that arrives now trades at once.
std::optional<Price> Model::price_now(const ModelOrder& order) const {
  const auto last = last_.find(order.symbol);
  if (rules_.next_open || !open_ || last == last_.end()) {
    return std::nullopt;
  }
  if (order.stop && !past(order.buy, last->second, *order.stop)) {
    return std::nullopt;
  }
  if (!order.limit) {
    return slipped(order.buy, last->second);
  }
  const bool good = order.buy ? last->second <= *order.limit : last->second >= *order.limit;
  return good ? std::optional(last->second) : std::nullopt;
}

/// The price at which a stop trades on the row that triggers it.
std::optional<Price> Model::stop_price_on(const ModelOrder& order, const Row& row) const {
  const Price stop = *order.stop;
  const Price hit = order.buy ? std::max(row.open, stop) : std::min(row.open, stop);
  if (!order.limit) {
    return slipped(order.buy, hit);
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
    return slipped(order.buy, row.open);
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

/// What trading the order at `price` takes from the cash; negative if it brings some.
Money Model::price_of(const ModelOrder& order, Price price) const {
  const Money notional = price * order.quantity;
  return (order.buy ? notional : -notional) + fee(notional);
}

std::string Model::why_not(const ModelOrder& order, std::optional<Price> now) const {
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
  std::optional<Price> price = now;
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
  const Money needed = now ? price_of(order, *now) : order.reserved;
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
      std::count_if(orders_.begin(), orders_.end(), [](const ModelOrder& other) { return other.status == "PENDING"; }));
  if (rules_.max_open && !now && open >= *rules_.max_open) {
    return "MAX_OPEN_ORDERS_EXCEEDED";
  }
  return "NONE";
}

bool Model::too_large(Quantity resulting, Price price) const {
  return resulting > std::min(rules_.max_position.value_or(kPositionMax), kPositionMax) ||
         (rules_.max_value && price * resulting > *rules_.max_value);
}

void Model::trade(ModelOrder& order, Price price) {
  trades_.push_back({order.symbol, order.buy, order.quantity, price, fee(price * order.quantity)});
  end(order, "FILLED", "NONE");
}

void Model::end(ModelOrder& order, const std::string& status, const std::string& reason) {
  order.status = status;
  order.reason = reason;
  order.reserved = {};
}

void Model::place(int symbol, bool buy, Quantity quantity, std::optional<Price> limit, std::optional<Price> stop,
                  bool gtc) {
  ModelOrder order{symbol, buy, gtc, quantity, limit, stop, false, "", "NONE", {}, {}};
  const std::optional<Price> now = price_now(order);
  order.triggered =
      stop && open_ && !rules_.next_open && last_.count(symbol) != 0 && past(buy, last_.at(symbol), *stop);
  const bool sane = symbol >= 0 && quantity.is_positive() && quantity <= kQuantityMax &&
                    (!limit || (limit->is_positive() && *limit <= kPriceMax));
  if (sane && buy && !now && (limit || stop || last_.count(symbol) != 0)) {
    order.reserved = price_of(order, limit ? *limit : (stop ? *stop : last_.at(symbol)) * (kOne + rules_.buffer));
  }
  const std::string reason = why_not(order, now);
  if (reason != "NONE") {
    end(order, "REJECTED", reason);
  } else if (now) {
    trade(order, *now);
  } else {
    order.status = "PENDING";
    if (!gtc && open_ && !rules_.next_open) {
      order.day = day_;
    }
  }
  orders_.push_back(order);
}

std::string Model::why_not_fill(const ModelOrder& order, Price price) const {
  if (order.buy && state_ == "REDUCING") {
    return "TRADING_STATE_REDUCING";
  }
  if ((price * order.quantity).is_zero()) {
    return "NOTIONAL_BELOW_MINIMUM";
  }
  if (price_of(order, price) > cash() - reserved() + order.reserved) {
    return "INSUFFICIENT_CASH";
  }
  return order.buy && too_large(held(order.symbol) + order.quantity, price) ? "MAX_POSITION_EXCEEDED" : "NONE";
}

void Model::tick(int day, bool open, const std::vector<Row>& rows) {
  open_ = open;
  day_ = day;
  for (const Row& row : rows) {
    last_[row.symbol] = row.close;
  }
  for (ModelOrder& order : orders_) {
    if (order.status != "PENDING" || order.gtc) {
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
      const std::optional<Price> price = row.symbol == order.symbol ? price_on(order, row) : std::nullopt;
      if (row.symbol == order.symbol && order.stop && past(order.buy, order.buy ? row.high : row.low, *order.stop)) {
        order.triggered = true;
      }
      if (order.status == "PENDING" && price) {
        const std::string reason = why_not_fill(order, *price);
        if (reason == "NONE") {
          trade(order, *price);
        } else {
          end(order, "CANCELED", reason);
        }
      }
    }
  }
}

std::string Model::cancel(std::int64_t order) {
  if (order < 1 || order > static_cast<std::int64_t>(orders_.size())) {
    return "ORDER_NOT_FOUND";
  }
  ModelOrder& found = orders_[static_cast<std::size_t>(order - 1)];
  if (found.status != "PENDING") {
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
    if (order.status == "PENDING") {
      end(order, "CANCELED", "RUN_STOPPED");
    }
  }
}

}  // namespace tradingd::model
