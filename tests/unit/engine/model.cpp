#include "tests/unit/engine/model.h"

#include <algorithm>

namespace tradingd::model {

namespace {

constexpr Ratio kOne{kScale};

/// At the price or beyond it, upwards or downwards.
bool past(bool upwards, Price price, Price mark) { return upwards ? price >= mark : price <= mark; }

}  // namespace

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

std::string Model::why_not(const ModelOrder& order, const std::optional<Part>& now) const {
  if (state_ == "HALTED") {
    return "TRADING_HALTED";
  }
  const Quantity opens = opens_of(order, order.quantity, true);
  if (state_ == "REDUCING" && (!opens.is_zero() || (order.buy && order.quantity.units <= 0))) {
    return "TRADING_STATE_REDUCING";
  }
  const auto last = last_.find(order.symbol);
  std::optional<Price> price = now ? std::optional(now->price) : std::nullopt;
  if (!price) {
    price = order.limit ? order.limit : order.stop;
  }
  if (!price && last != last_.end()) {
    price = last->second;
  }
  if (const std::string reason = why_malformed(order, price); reason != "NONE") {
    return reason;
  }
  if (!price) {
    return "NO_PRICE";
  }
  if (const std::string reason = why_no_cash(order, now); reason != "NONE") {
    return reason;
  }
  const Quantity have = held(order.symbol);
  if (!order.buy && !rules_.initial_margin && order.quantity > have - promised(order.symbol, false)) {
    return "INSUFFICIENT_POSITION";
  }
  if (opens.is_positive() &&
      too_large((order.buy ? have : -have) + promised(order.symbol, order.buy) + order.quantity, *price)) {
    return "MAX_POSITION_EXCEEDED";
  }
  const auto open = static_cast<std::size_t>(
      std::count_if(orders_.begin(), orders_.end(), [](const ModelOrder& other) { return other.open(); }));
  if (rules_.max_open && (!now || now->quantity < order.quantity) && open >= *rules_.max_open) {
    return "MAX_OPEN_ORDERS_EXCEEDED";
  }
  return "NONE";
}

/// What is wrong with the order as such.
std::string Model::why_malformed(const ModelOrder& order, const std::optional<Price>& price) const {
  if (order.symbol < 0) {
    return "UNKNOWN_SYMBOL";
  }
  if (order.quantity.units <= 0 || order.quantity.units % rules_.step.units != 0) {
    return "INVALID_QUANTITY";
  }
  for (const std::optional<Price>& own : {order.limit, order.stop}) {
    if (own && (own->units <= 0 || *own > kPriceMax || own->units % rules_.tick.units != 0)) {
      return "INVALID_PRICE";
    }
  }
  if (order.quantity < rules_.least_quantity.value_or(order.quantity)) {
    return "QUANTITY_BELOW_MINIMUM";
  }
  if (order.quantity > std::min(rules_.most_quantity.value_or(kQuantityMax), kQuantityMax)) {
    return "QUANTITY_ABOVE_MAXIMUM";
  }
  const Money notional = price ? *price * order.quantity : Money{1};
  if (notional.is_zero() || (price && notional < rules_.least_notional.value_or(notional))) {
    return "NOTIONAL_BELOW_MINIMUM";
  }
  return price && notional > rules_.max_notional.value_or(notional) ? "NOTIONAL_ABOVE_MAXIMUM" : "NONE";
}

bool Model::too_large(Quantity resulting, Price price) const {
  return resulting > std::min(rules_.max_position.value_or(kPositionMax), kPositionMax) ||
         (rules_.max_value && price * resulting > *rules_.max_value);
}

void Model::trade(ModelOrder& order, const Part& part) {
  book({order.symbol, order.buy, part.quantity, part.price, fee(order.buy, part.price * part.quantity, part.quantity),
        1, 1});
  traded_[order.symbol] += part.quantity;
  order.filled += part.quantity;
  if (order.rest().is_zero()) {
    end(order, "FILLED", "NONE");
    return;
  }
  order.status = "PARTIALLY_FILLED";
  hold_back(order);
}

void Model::end(ModelOrder& order, const std::string& status, const std::string& reason) {
  order.status = status;
  order.reason = reason;
  order.reserved = {};
}

void Model::place(int symbol, bool buy, Quantity quantity, std::optional<Price> limit, std::optional<Price> stop,
                  bool gtc) {
  ModelOrder order{symbol, buy, gtc, quantity, {}, limit, stop, false, "", "NONE", {}, {}, false};
  std::optional<Part> now;
  if (const std::optional<Price> price = price_now(order)) {
    now = part_of(order, *price);
    if (now->quantity.units <= 0) {
      now.reset();
    }
  }
  order.triggered =
      stop && open_ && !rules_.next_open && last_.count(symbol) != 0 && past(buy, last_.at(symbol), *stop);
  const std::string reason = why_not(order, now);
  if (reason != "NONE") {
    end(order, "REJECTED", reason);
    orders_.push_back(order);
    return;
  }
  if (!now) {
    order.reserved = held_back_for(order, opens_of(order, quantity, true));
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
  if ((part.price * part.quantity).is_zero()) {
    return "NOTIONAL_BELOW_MINIMUM";
  }
  if (order.forced) {
    return "NONE";
  }
  const Quantity opens = opens_of(order, part.quantity, false);
  if (!opens.is_zero() && state_ == "REDUCING") {
    return "TRADING_STATE_REDUCING";
  }
  Money needed = price_of(order, part.price, part.quantity);
  Money available = cash() - reserved() + order.reserved;
  if (!opens.is_zero()) {
    needed += tied_by(order, part.quantity, opens);
    available = spendable() + order.reserved;
  }
  if (needed.is_positive() && needed > available) {
    return "INSUFFICIENT_CASH";
  }
  const Quantity have = held(order.symbol);
  return !opens.is_zero() && too_large((order.buy ? have : -have) + part.quantity, part.price) ? "MAX_POSITION_EXCEEDED"
                                                                                               : "NONE";
}

/// What a split makes of the open orders.
void Model::split_orders(const ModelAction& action) {
  const auto scaled = [&](std::optional<Price>& price) {
    if (price) {
      const Int128 units = std::clamp<Int128>(share(price->units, action.down, action.up), 1, kPriceMax.units);
      const Int128 ticks = std::max<Int128>(1, share(units, 1, rules_.tick.units));
      price = Price{static_cast<std::int64_t>(ticks * rules_.tick.units)};
    }
  };
  for (ModelOrder& order : orders_) {
    if (!order.open() || order.symbol != action.symbol) {
      continue;
    }
    const Int128 rest = static_cast<Int128>(order.rest().units) * action.up / action.down;
    const Int128 open = std::min<Int128>(rest, kQuantityMax.units) / rules_.step.units * rules_.step.units;
    if (open == 0) {
      end(order, "CANCELED", "CORPORATE_ACTION");
      continue;
    }
    order.quantity = order.filled + Quantity{static_cast<std::int64_t>(open)};
    scaled(order.limit);
    scaled(order.stop);
  }
  for (ModelOrder& order : orders_) {
    if (order.open() && order.symbol == action.symbol) {
      hold_back(order);
    }
  }
}

void Model::buy_back() {
  for (ModelOrder& order : orders_) {
    if (order.open()) {
      end(order, "CANCELED", "MARGIN_CALL");
    }
  }
  const std::map<int, Holding> before = holdings();
  for (const bool renamed : {false, true}) {
    for (const auto& [symbol, holding] : before) {
      if (!holding.quantity.is_negative() || (renamed_.count(symbol) == 1) != renamed) {
        continue;
      }
      orders_.push_back({symbol, true, true, -holding.quantity, {}, {}, {}, false, "PENDING", "NONE", {}, {}, true});
      const Part part = part_of(orders_.back(), last_.at(symbol));
      if (!rules_.next_open && part.quantity.is_positive()) {
        trade(orders_.back(), part);
      }
    }
  }
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

/// By age; but where one is served, the one of its symbol and side with the best price that is still to be served is,
/// and before all, one without a limit.
std::vector<std::size_t> Model::in_turn() const {
  std::vector<std::size_t> turns;
  const auto served = [&](std::size_t i) { return std::find(turns.begin(), turns.end(), i) != turns.end(); };
  for (const ModelOrder& slot : orders_) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; slot.open() && i < orders_.size(); ++i) {
      const ModelOrder& other = orders_[i];
      if (!other.open() || other.symbol != slot.symbol || other.buy != slot.buy || served(i)) {
        continue;
      }
      const std::optional<Price> beaten = best ? orders_[*best].limit : std::nullopt;
      const bool better = beaten && (!other.limit || (slot.buy ? *other.limit > *beaten : *other.limit < *beaten));
      best = !best || better ? i : best;
    }
    if (best) {
      turns.push_back(*best);
    }
  }
  return turns;
}

void Model::tick(int day, bool open, const std::vector<Row>& rows, const std::vector<ModelAction>& actions) {
  open_ = open;
  begin(day, rows, actions);
  for (const ModelAction& action : actions) {
    if (action.dividend.is_zero()) {
      volume_[action.symbol] = {};
    }
  }
  for (const Row& row : rows) {
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
  for (const ModelAction& action : actions) {
    act(action);
    if (action.dividend.is_zero()) {
      split_orders(action);
    }
  }
  if (!open) {
    return;
  }
  for (const std::size_t place : in_turn()) {
    ModelOrder& order = orders_[place];
    for (const Row& row : rows) {
      if (row.symbol == order.symbol && (order.forced || state_ != "HALTED")) {
        meet(order, row);
      }
    }
  }
  const bool buying_back =
      std::any_of(orders_.begin(), orders_.end(), [](const ModelOrder& order) { return order.forced && order.open(); });
  const std::map<int, Holding>& now = holdings();
  const bool is_short =
      std::any_of(now.begin(), now.end(), [](const auto& held) { return held.second.quantity.is_negative(); });
  if (rules_.initial_margin && is_short && !buying_back && cash() < collateral(rules_.maintenance_margin)) {
    buy_back();
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
  if (amount > spendable()) {
    return false;
  }
  pay(-amount);
  return true;
}

void Model::stop() {
  for (ModelOrder& order : orders_) {
    if (order.open()) {
      end(order, "CANCELED", "RUN_STOPPED");
    }
  }
}

Money Model::reserved() const {
  Money sum;
  for (const ModelOrder& order : orders_) {
    sum += order.reserved;
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
