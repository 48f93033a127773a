#include "daemon/engine/limits.h"

#include <algorithm>

#include "daemon/engine/accounting.h"

namespace tradingd::engine {

namespace {

constexpr std::int64_t kMicrosecondsPerMinute = 60 * kMicrosecondsPerSecond;

/// The beginning of the minute that `time` is in.
Time minute_of(Time time) {
  const std::int64_t into = time.us % kMicrosecondsPerMinute;
  return {time.us - (into < 0 ? into + kMicrosecondsPerMinute : into)};
}

/// Whether equity must be followed at all: what isn't asked for mustn't change a run's stored state.
bool is_watched(const RunState& state) {
  const Limits& own = state.config->limits;
  const Limits* ceiling = state.strategy.ceiling.limits.get();
  return own.max_daily_loss || own.max_drawdown ||
         (ceiling != nullptr && (ceiling->max_daily_loss || ceiling->max_drawdown));
}

Price exposure_price(const Context& context, const Order& order) {
  const std::optional<Price> own = order.limit_price ? order.limit_price : order.stop_price;
  return own ? *own : context.last_price(order.instrument).value_or(Price{});
}

/// The engine's own doing: the run is to be resumed by a person, who says why.
void change_own_state(Context& context, TradingState state, Reason reason, std::string figures) {
  context.state.strategy.states.run = state;
  context.state.trading_state = context.state.strategy.states.strictest();
  post_event(context, EventType::trading_state_changed, {},
             {{"trading_state", std::string(to_text(context.state.trading_state))},
              {"reason", std::string(code(reason))},
              {"cause", std::move(figures)}});
}

}  // namespace

Denial check_order_rate(const Context& context, const Proposal& proposal) {
  const std::optional<std::int32_t> most = context.maximum(&Limits::max_orders_per_minute);
  const RiskState& risk = context.state.strategy.risk;
  if (most && proposal.source == OrderSource::user && risk.minute == minute_of(context.time) &&
      risk.minute_orders >= *most) {
    return {Reason::rate_limit_exceeded,
            "maximum_per_minute=" + std::to_string(*most) + std::string(context.whose(&Limits::max_orders_per_minute))};
  }
  return {};
}

Denial check_collar(const Context& context, const Proposal& proposal) {
  const std::optional<Ratio> collar = context.maximum(&Limits::price_collar);
  if (!collar || !proposal.last) {
    return {};
  }
  const Price most = *proposal.last * *collar;
  for (const std::optional<Price>& price : {proposal.order.limit_price, proposal.order.stop_price}) {
    if (price && std::max(*price - *proposal.last, *proposal.last - *price) > most) {
      return {Reason::price_outside_collar, "price=" + to_string(*price) + " last=" + to_string(*proposal.last) +
                                                " collar=" + to_string(*collar) +
                                                std::string(context.whose(&Limits::price_collar))};
    }
  }
  return {};
}

Denial check_price_age(const Context& context, const Proposal& proposal) {
  const std::optional<std::int64_t> most = context.maximum(&Limits::max_price_age_s);
  if (!most || !proposal.last || (proposal.order.limit_price && !proposal.fill)) {
    return {};
  }
  const std::int64_t age_s =
      (context.time.us - context.market.quote(proposal.instrument->id)->time.us) / kMicrosecondsPerSecond;
  if (age_s > *most) {
    return {Reason::stale_price, "age_s=" + std::to_string(age_s) + " maximum_s=" + std::to_string(*most) +
                                     std::string(context.whose(&Limits::max_price_age_s))};
  }
  return {};
}

Denial check_daily_orders(const Context& context, const Proposal&) {
  const std::optional<std::int32_t> most = context.maximum(&Limits::max_daily_orders);
  if (most && context.state.strategy.risk.day_orders >= *most) {
    return {Reason::max_daily_orders_exceeded,
            "maximum=" + std::to_string(*most) + std::string(context.whose(&Limits::max_daily_orders))};
  }
  return {};
}

Denial check_exposure(const Context& context, Money more, OrderId without) {
  const std::optional<Money> most = context.maximum(&Limits::max_gross_exposure);
  if (!most) {
    return {};
  }
  Money exposure = value_positions(context.state, context.market).gross + more;
  for (const Order& order : context.state.open_orders) {
    if (order.side == Side::buy && order.id != without && !is_final(order.status)) {
      exposure += exposure_price(context, order) * order.open_quantity();
    }
  }
  if (exposure > *most) {
    return {Reason::max_gross_exposure_exceeded, "resulting=" + to_string(exposure) + " maximum=" + to_string(*most) +
                                                     std::string(context.whose(&Limits::max_gross_exposure))};
  }
  return {};
}

void count_order(Context& context, OrderSource source, bool accepted) {
  RiskState& risk = context.state.strategy.risk;
  if (context.maximum(&Limits::max_daily_orders) && accepted) {
    ++risk.day_orders;
  }
  if (context.maximum(&Limits::max_orders_per_minute) && source == OrderSource::user) {
    const Time minute = minute_of(context.time);
    risk.minute_orders = risk.minute == minute ? risk.minute_orders + 1 : 1;
    risk.minute = minute;
  }
}

void begin_day(Context& context) {
  RiskState& risk = context.state.strategy.risk;
  const Date today = context.market.session().date;
  if ((!context.maximum(&Limits::max_daily_orders) && !is_watched(context.state)) || risk.day == today) {
    return;
  }
  risk.day = today;
  risk.day_orders = 0;
  risk.day_equity = risk.equity;
}

void watch_equity(Context& context, Money equity) {
  if (!is_watched(context.state)) {
    return;
  }
  RiskState& risk = context.state.strategy.risk;
  risk.equity = equity;
  risk.high_water = std::max(risk.high_water, equity);
  const TradingState now = context.state.strategy.states.run;
  const Money fall = risk.high_water - equity;
  const std::optional<Ratio> most_drawdown = context.maximum(&Limits::max_drawdown);
  if (most_drawdown && now != TradingState::halted && fall > risk.high_water * *most_drawdown) {
    change_own_state(context, TradingState::halted, Reason::max_drawdown,
                     "equity=" + to_string(equity) + " high_water=" + to_string(risk.high_water) +
                         " maximum=" + to_string(*most_drawdown) + std::string(context.whose(&Limits::max_drawdown)));
    return;
  }
  const Money loss = risk.day_equity - equity;
  const std::optional<Money> most_loss = context.maximum(&Limits::max_daily_loss);
  if (most_loss && now == TradingState::active && loss > *most_loss) {
    change_own_state(context, TradingState::reducing, Reason::daily_loss_limit,
                     "loss=" + to_string(loss) + " maximum=" + to_string(*most_loss) +
                         std::string(context.whose(&Limits::max_daily_loss)));
  }
}

void set_ceiling(Context& context, std::shared_ptr<const Limits> limits) {
  RunState& state = context.state;
  const bool was_watched = is_watched(state);
  const bool counted_orders = context.maximum(&Limits::max_daily_orders).has_value();
  // One that says nothing is none: it must not differ from what is read back.
  state.strategy.ceiling.limits = limits && *limits != Limits{} ? std::move(limits) : nullptr;
  RiskState& risk = state.strategy.risk;
  if (is_watched(state) && !was_watched) {
    risk.equity = state.cash + value_positions(state, context.market).market_value;
    risk.day_equity = risk.equity;
    risk.high_water = risk.equity;
    risk.day = context.market.session().date;
  }
  if (context.maximum(&Limits::max_daily_orders) && !counted_orders) {
    risk.day_orders = 0;
    risk.day = context.market.session().date;
  }
}

void shift_equity(RunState& state, Money amount) {
  if (!is_watched(state)) {
    return;
  }
  RiskState& risk = state.strategy.risk;
  risk.day_equity += amount;
  risk.equity += amount;
  risk.high_water += amount;
}

void forgive_losses(RunState& state) {
  state.strategy.risk.day_equity = state.strategy.risk.equity;
  state.strategy.risk.high_water = state.strategy.risk.equity;
}

}  // namespace tradingd::engine
