// What must hold after every step of a random run.

#include <algorithm>
#include <stdexcept>

#include "daemon/engine/accounting.h"
#include "daemon/engine/risk.h"
#include "tests/unit/engine/random_run.h"

namespace tradingd::engine {

namespace {

void require(bool holds, const std::string& what) {
  if (!holds) {
    throw std::runtime_error(what);
  }
}

void require_equal(const std::string& a, const std::string& b, const std::string& what) {
  require(a == b, what + ": " + a + " is not " + b);
}

}  // namespace

void RandomRun::apply(Time time, InputBody body) {
  const std::int64_t version = state_.version;
  const Digest before = digest_of_state(state_);
  const Input input{time, &market_, std::move(body)};
  effects_.clear();
  result_ = step(state_, input, effects_);
  if (result_.status == StepStatus::refused) {
    seen_.insert("refused " + std::string(code(result_.reason)));
  }
  std::string scratch;
  const bool applied = result_.status == StepStatus::applied;
  if (applied) {
    advance_digest(state_, effects_, {}, scratch);
  }
  require(state_.version == version + (applied ? 1 : 0), "an applied input is one version");
  require(applied || before == digest_of_state(state_), "a refused input changed the state");
  require(applied || effects_.orders.size() + effects_.cash.size() + effects_.events.size() == 0,
          "a refused input had effects");
  check_twin(input, result_);
  const auto* tick = std::get_if<RunTick>(&input.body);
  if (applied && tick != nullptr && tick->execute) {
    accounts_->begin(day_, rows(), tick_actions_);
    for (const model::ModelAction& action : tick_actions_) {
      accounts_->act(action);
    }
  }
  check_accounts();
  if (model_) {
    check_model();
  }
}

void RandomRun::check_twin(const Input& input, const StepResult& result) {
  twin_effects_.clear();
  const StepResult again = step(twin_, input, twin_effects_);
  std::string scratch;
  if (again.status == StepStatus::applied) {
    advance_digest(twin_, twin_effects_, {}, scratch);
  }
  require(again.status == result.status && again.reason == result.reason && again.order == result.order,
          "the restored run answers differently");
  require(twin_.digest == state_.digest, "the restored run has other effects");
  require(digest_of_state(twin_) == digest_of_state(state_), "the restored run has another state");
}

void RandomRun::check_accounts() {
  for (const CashMoved& moved : effects_.cash) {
    cash_rows_ += moved.amount;
    if (moved.kind == CashKind::initial || moved.kind == CashKind::deposit || moved.kind == CashKind::withdrawal) {
      accounts_->pay(moved.amount);
    }
    require(moved.balance == cash_rows_ && (config_.short_selling || !moved.balance.is_negative()),
            "a cash row's balance");
  }
  for (const Trade& trade : effects_.trades) {
    Money parts;
    for (const FeePart& part : trade.fee_parts) {
      parts += part.amount;
    }
    require(parts == trade.fee, "the parts of a fee");
    require(trade.id.value == ++trade_count_, "trades count up");
    const bool buy = trade.side == Side::buy;
    const Money fee = accounts_->fee(buy, trade.notional, trade.quantity);
    require_equal(to_string(trade.fee), to_string(fee), "a fee");
    require_equal(to_string(trade.notional), to_string(trade.price * trade.quantity), "a notional");
    accounts_->book({thing_of(trade.instrument), buy, trade.quantity, trade.price, fee, 1, 1});
  }
  for (const Order& order : effects_.orders) {
    const auto index = static_cast<std::size_t>(order.id.value - 1);
    require(index <= statuses_.size(), "orders count up");
    if (index == statuses_.size()) {
      statuses_.emplace_back();
      reasons_.emplace_back();
    } else {
      require(may_become(order_status_from_text(statuses_[index]).value(), order.status), "an order's transition");
    }
    statuses_[index] = to_text(order.status);
    reasons_[index] = code(order.reason);
    seen_.insert(statuses_[index] + " " + reasons_[index]);
  }
  check_events();

  Money reserved;
  for (const Order& order : state_.open_orders) {
    require(!is_final(order.status) && order.reserved >= Money{}, "an open order");
    reserved += order.reserved;
  }
  require_equal(to_string(state_.reserved), to_string(reserved), "reserved");
  require_equal(to_string(state_.cash), to_string(cash_rows_), "cash and its rows");
  require_equal(to_string(state_.cash), to_string(accounts_->cash()), "cash");
  require(config_.short_selling || (!state_.cash.is_negative() && !state_.available().is_negative()),
          "cash is not negative");

  for (std::int32_t symbol = 0; symbol < 6; ++symbol) {
    require(config_.short_selling || open_quantity(state_, {symbol}, Side::sell) <= held(state_, {symbol}),
            "more is promised than held");
  }
  check_positions();
  for (std::size_t i = 0; i < effects_.equity.size(); ++i) {
    const EquityPoint& point = effects_.equity[i];
    require(point.equity == point.cash + point.mtm && point.cash == state_.cash, "an equity point");
    require(effects_.marks.at(i).market_value == point.mtm, "a mark");
    require_equal(to_string(point.mtm), to_string(accounts_->value()), "the market value");
  }
}

void RandomRun::check_events() {
  for (const Event& event : effects_.events) {
    std::string key = std::string(to_text(event.type)) + std::to_string(event.time.us) + "/" + event.key;
    require(std::find(event_keys_.begin(), event_keys_.end(), key) == event_keys_.end(), "an event twice: " + key);
    event_keys_.push_back(std::move(key));
    seen_.emplace(to_text(event.type));
  }
}

void RandomRun::check_positions() {
  if (effects_.trades.empty() && effects_.positions.empty()) {
    return;
  }
  std::map<std::int32_t, Money> realized;  // under both names
  for (const Position& position : state_.positions) {
    realized[thing_of(position.instrument)] += position.realized_pnl;
    require(!position.quantity.is_zero() || (position.cost.is_zero() && position.lots.empty()),
            "a flat position costs nothing");
  }
  for (const auto& [thing, holding] : accounts_->holdings()) {
    const Position* position = find_position(state_, {named(thing)});
    const Position none;
    position = position == nullptr ? &none : position;
    require_equal(to_string(position->quantity), to_string(holding.quantity), "a position");
    require_equal(to_string(position->cost), to_string(holding.cost), "a position's cost");
    require_equal(to_string(realized[thing]), to_string(holding.realized), "a position's realised P&L");
    require(position->lots.size() == (rules_.fifo ? holding.lots.size() : 0), "a position's lots");
    for (std::size_t i = 0; i < position->lots.size(); ++i) {
      require(position->lots[i].quantity == holding.lots[i].first && position->lots[i].cost == holding.lots[i].second,
              "lot " + std::to_string(i + 1));
    }
    realized.erase(thing);
  }
  require(realized.empty(), "a position without a trade");
}

void RandomRun::check_model() {
  require_equal(to_string(state_.cash), to_string(model_->cash()), "cash");
  require_equal(to_string(state_.reserved), to_string(model_->reserved()), "reserved");
  if (!effects_.equity.empty()) {
    require_equal(to_string(effects_.equity.back().equity), to_string(model_->equity()), "equity");
  }
  require(statuses_.size() == model_->orders().size(), "the number of orders");
  for (std::size_t i = 0; i < statuses_.size(); ++i) {
    const model::ModelOrder& order = model_->orders()[i];
    if (statuses_[i] != order.status || reasons_[i] != order.reason) {
      require_equal(statuses_[i] + " " + reasons_[i], order.status + " " + order.reason,
                    "order " + std::to_string(i + 1));
    }
  }
  const std::vector<model::ModelTrade>& modeled = model_->trades();
  const auto is_trade = [](const model::ModelTrade& trade) { return trade.quantity.is_positive(); };
  require(trade_count_ == std::count_if(modeled.begin(), modeled.end(), is_trade), "the number of trades");
  if (!modeled.empty() && is_trade(modeled.back()) && !effects_.trades.empty()) {
    require(effects_.trades.back().quantity == modeled.back().quantity, "the size of the last trade");
    require(effects_.trades.back().price == modeled.back().price, "the price of the last trade");
  }
}

}  // namespace tradingd::engine
