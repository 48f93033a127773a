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
    count_splits(tick->tick->actions);
  }
  check_accounts();
  if (model_) {
    check_model();
  }
}

void RandomRun::count_splits(const std::vector<CorporateAction>& actions) {
  for (const CorporateAction& action : actions) {
    const Market::Quote* quote = market_.quote(action.instrument);
    if (action.kind == ActionKind::split && quote != nullptr) {
      trades_.push_back(
          {action.instrument.value, true, {}, quote->bar.close, {}, action.numerator, action.denominator});
    }
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
    trades_.push_back({trade.instrument.value, trade.side == Side::buy, trade.quantity, trade.price, trade.fee, 1, 1});
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
  require(config_.short_selling || (!state_.cash.is_negative() && !state_.available().is_negative()),
          "cash is not negative");

  for (std::int32_t symbol = 0; symbol < 3; ++symbol) {
    require(config_.short_selling || open_quantity(state_, {symbol}, Side::sell) <= held(state_, {symbol}),
            "more is promised than held");
  }
  check_positions();
  for (std::size_t i = 0; i < effects_.equity.size(); ++i) {
    const EquityPoint& point = effects_.equity[i];
    require(point.equity == point.cash + point.mtm && point.cash == state_.cash, "an equity point");
    require(effects_.marks.at(i).market_value == point.mtm, "a mark");
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
  const auto holdings = model::holdings_of(trades_, rules_);
  require(holdings.size() == state_.positions.size(), "positions and trades");
  for (const Position& position : state_.positions) {
    const model::Holding& holding = holdings.at(position.instrument.value);
    require_equal(to_string(position.quantity), to_string(holding.quantity), "a position");
    require_equal(to_string(position.cost), to_string(holding.cost), "a position's cost");
    require_equal(to_string(position.realized_pnl), to_string(holding.realized), "a position's realised P&L");
    require(position.lots.size() == (rules_.fifo ? holding.lots.size() : 0), "a position's lots");
    for (std::size_t i = 0; i < position.lots.size(); ++i) {
      require(position.lots[i].quantity == holding.lots[i].first && position.lots[i].cost == holding.lots[i].second,
              "lot " + std::to_string(i + 1));
    }
    require(!position.quantity.is_zero() || position.cost.is_zero(), "a flat position costs nothing");
  }
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
  if (!trades_.empty() && !modeled.empty() && is_trade(trades_.back()) && is_trade(modeled.back())) {
    require(trades_.back().quantity == model_->trades().back().quantity, "the size of the last trade");
    require(trades_.back().price == model_->trades().back().price, "the price of the last trade");
  }
}

}  // namespace tradingd::engine
