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
bool is_watched(const Limits& limits) { return limits.max_daily_loss || limits.max_drawdown; }

Price exposure_price(const Context& context, const Order& order) {
  const std::optional<Price> own = order.limit_price ? order.limit_price : order.stop_price;
  return own ? *own : context.last_price(order.instrument).value_or(Price{});
}

void change_state(Context& context, TradingState state, Reason reason, std::string figures) {
  context.state.trading_state = state;
  post_event(context, EventType::trading_state_changed, {},
             {{"trading_state", std::string(to_text(state))},
              {"reason", std::string(code(reason))},
              {"cause", std::move(figures)}});
}

}  // namespace

Denial check_order_rate(const Context& context, const Proposal& proposal) {
  const std::optional<std::int32_t>& most = context.config().limits.max_orders_per_minute;
  const RiskState& risk = context.state.strategy.risk;
  if (most && proposal.source == OrderSource::user && risk.minute == minute_of(context.time) &&
      risk.minute_orders >= *most) {
    return {Reason::rate_limit_exceeded, "maximum_per_minute=" + std::to_string(*most)};
  }
  return {};
}

Denial check_collar(const Context& context, const Proposal& proposal) {
  const std::optional<Ratio>& collar = context.config().limits.price_collar;
  if (!collar || !proposal.last) {
    return {};
  }
  const Price most = *proposal.last * *collar;
  for (const std::optional<Price>& price : {proposal.order.limit_price, proposal.order.stop_price}) {
    if (price && std::max(*price - *proposal.last, *proposal.last - *price) > most) {
      return {Reason::price_outside_collar,
              "price=" + to_string(*price) + " last=" + to_string(*proposal.last) + " collar=" + to_string(*collar)};
    }
  }
  return {};
}

Denial check_price_age(const Context& context, const Proposal& proposal) {
  const std::optional<std::int64_t>& most = context.config().limits.max_price_age_s;
  if (!most || !proposal.last || (proposal.order.limit_price && !proposal.fill)) {
    return {};
  }
  const std::int64_t age_s =
      (context.time.us - context.market.quote(proposal.instrument->id)->time.us) / kMicrosecondsPerSecond;
  if (age_s > *most) {
    return {Reason::stale_price, "age_s=" + std::to_string(age_s) + " maximum_s=" + std::to_string(*most)};
  }
  return {};
}

Denial check_daily_orders(const Context& context, const Proposal&) {
  const std::optional<std::int32_t>& most = context.config().limits.max_daily_orders;
  if (most && context.state.strategy.risk.day_orders >= *most) {
    return {Reason::max_daily_orders_exceeded, "maximum=" + std::to_string(*most)};
  }
  return {};
}

Denial check_exposure(const Context& context, Money more, OrderId without) {
  const std::optional<Money>& most = context.config().limits.max_gross_exposure;
  if (!most) {
    return {};
  }
  Money exposure = value_positions(context.state, context.market).market_value + more;
  for (const Order& order : context.state.open_orders) {
    if (order.side == Side::buy && order.id != without && !is_final(order.status)) {
      exposure += exposure_price(context, order) * order.open_quantity();
    }
  }
  if (exposure > *most) {
    return {Reason::max_gross_exposure_exceeded, "resulting=" + to_string(exposure) + " maximum=" + to_string(*most)};
  }
  return {};
}

void count_order(Context& context, OrderSource source, bool accepted) {
  const Limits& limits = context.config().limits;
  RiskState& risk = context.state.strategy.risk;
  if (limits.max_daily_orders && accepted) {
    ++risk.day_orders;
  }
  if (limits.max_orders_per_minute && source == OrderSource::user) {
    const Time minute = minute_of(context.time);
    risk.minute_orders = risk.minute == minute ? risk.minute_orders + 1 : 1;
    risk.minute = minute;
  }
}

void begin_day(Context& context) {
  const Limits& limits = context.config().limits;
  RiskState& risk = context.state.strategy.risk;
  const Date today = context.market.session().date;
  if ((!limits.max_daily_orders && !is_watched(limits)) || risk.day == today) {
    return;
  }
  risk.day = today;
  risk.day_orders = 0;
  risk.day_equity = risk.equity;
}

void watch_equity(Context& context, Money equity) {
  const Limits& limits = context.config().limits;
  if (!is_watched(limits)) {
    return;
  }
  RiskState& risk = context.state.strategy.risk;
  risk.equity = equity;
  risk.high_water = std::max(risk.high_water, equity);
  const TradingState now = context.state.trading_state;
  const Money fall = risk.high_water - equity;
  if (limits.max_drawdown && now != TradingState::halted && fall > risk.high_water * *limits.max_drawdown) {
    change_state(context, TradingState::halted, Reason::max_drawdown,
                 "equity=" + to_string(equity) + " high_water=" + to_string(risk.high_water) +
                     " maximum=" + to_string(*limits.max_drawdown));
    return;
  }
  const Money loss = risk.day_equity - equity;
  if (limits.max_daily_loss && now == TradingState::active && loss > *limits.max_daily_loss) {
    change_state(context, TradingState::reducing, Reason::daily_loss_limit,
                 "loss=" + to_string(loss) + " maximum=" + to_string(*limits.max_daily_loss));
  }
}

void shift_equity(RunState& state, Money amount) {
  if (!is_watched(state.config->limits)) {
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
