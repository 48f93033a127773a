#include "daemon/engine/step.h"

#include <algorithm>
#include <array>
#include <span>

#include "daemon/engine/accounting.h"
#include "daemon/engine/corporate_actions.h"
#include "daemon/engine/limit_table.h"
#include "daemon/engine/limits.h"
#include "daemon/engine/margin.h"
#include "daemon/engine/orders.h"
#include "daemon/engine/strategy.h"
#include "daemon/engine/texts.h"

namespace tradingd::engine {

namespace {

constexpr std::array<std::string_view, 3> kTradingStates{"ACTIVE", "REDUCING", "HALTED"};
constexpr std::array<std::string_view, 3> kScopes{"run", "user", "daemon"};

/// What may trade by itself on a tick of an open market, in this order.
struct Plan {
  bool (*is_in)(const RunConfig& config);
  void (*run)(Context& context);
};
constexpr std::array kPlans{
    Plan{[](const RunConfig& config) { return config.sip.has_value(); }, run_sip},
    Plan{[](const RunConfig& config) { return config.rebalance.has_value(); }, run_rebalance},
};

StepResult refused(Reason reason, std::string detail = {}, OrderId order = {}) {
  return {StepStatus::refused, reason, std::move(detail), order};
}

StepResult handle(Context& context, const Start& start) {
  if (start.initial_cash.is_negative() || start.initial_cash > kMoneyMax) {
    return refused(Reason::invalid_amount, "initial_cash=" + to_string(start.initial_cash));
  }
  context.state.feed_time = context.time;
  if (start.initial_cash.is_positive()) {
    post_cash(context, CashKind::initial, start.initial_cash);
  }
  post_event(context, EventType::run_started, {}, {{"initial_cash", to_string(start.initial_cash)}});
  return {};
}

void call_margin(Context& context) {
  const Money required = collateral(context.state, context.market, context.config().short_selling->maintenance_margin);
  post_event(context, EventType::margin_call, {},
             {{"cash", to_string(context.state.cash)}, {"required", to_string(required)}});
  buy_back_shorts(context);
}

/// See `step` for the order of things. New market orders of a plan fill as it places them (FillAt::close)
/// or rest until the next bar.
void execute_tick(Context& context, std::span<const CorporateAction> actions) {
  RunState& state = context.state;
  const bool open = context.market.session().open;
  if (!state.open_orders.empty()) {
    expire_orders(context);
  }
  if (!actions.empty()) {
    apply_actions(context, actions);
  }
  if (open && !state.open_orders.empty()) {
    fill_resting_orders(context);
  }
  if (open && is_margin_breached(context)) {
    call_margin(context);
  }
  for (const Plan& plan : kPlans) {
    if (open && plan.is_in(context.config())) {
      plan.run(context);
    }
  }
}

StepResult handle(Context& context, const RunTick& input) {
  TD_ASSERT(input.tick != nullptr && input.tick->time <= context.time && context.market.time() == input.tick->time);
  if (input.execute) {
    context.state.feed_time = input.tick->time;
    begin_day(context);
    execute_tick(context, input.tick->actions);
  }
  if (input.mark) {
    mark_to_market(context);
    context.state.last_mark_time = context.time;
    watch_equity(context, context.effects.equity.back().equity);
  }
  return {};
}

StepResult handle(Context& context, const PlaceOrder& order) {
  const auto& known = context.state.client_orders;
  if (const auto first = known.find(order.client_order_id); first != known.end()) {
    const OrderId id = first->second.order;
    return first->second.fields == digest_of_fields(order)
               ? StepResult{StepStatus::already_processed, Reason::none, {}, id}
               : refused(Reason::duplicate_client_order_id, "client_order_id=" + order.client_order_id, id);
  }
  Placed placed = place_order(context, order, OrderSource::user);
  return {StepStatus::applied, placed.denial.reason, std::move(placed.denial.detail), placed.order};
}

/// The open order that is meant, or why it can't be canceled or replaced.
StepResult find_open(const RunState& state, const CancelOrder& which) {
  OrderId id = which.order.value_or(OrderId{});
  if (!which.order) {
    const auto known = state.client_orders.find(which.client_order_id);
    if (known == state.client_orders.end()) {
      return refused(Reason::order_not_found, "client_order_id=" + which.client_order_id);
    }
    id = known->second.order;
  }
  const std::string detail = "order_id=" + std::to_string(id.value);
  if (id.value < 1 || id.value >= state.next_order) {
    return refused(Reason::order_not_found, detail);
  }
  const bool open = std::any_of(state.open_orders.begin(), state.open_orders.end(),
                                [id](const Order& order) { return order.id == id; });
  return open ? StepResult{StepStatus::applied, Reason::none, {}, id} : refused(Reason::order_not_open, detail, id);
}

StepResult handle(Context& context, const CancelOrder& cancel) {
  StepResult found = find_open(context.state, cancel);
  if (found.status == StepStatus::applied) {
    TD_ASSERT(cancel_order(context, found.order, Reason::canceled_by_user));
  }
  return found;
}

StepResult handle(Context& context, const ReplaceOrder& replace) {
  StepResult found = find_open(context.state, replace.which);
  if (found.status != StepStatus::applied) {
    return found;
  }
  if (context.state.client_orders.contains(replace.client_order_id)) {
    return refused(Reason::duplicate_client_order_id, "client_order_id=" + replace.client_order_id);
  }
  Placed placed = replace_order(context, found.order, replace);
  if (placed.denial) {
    return refused(placed.denial.reason, std::move(placed.denial.detail), found.order);
  }
  return {StepStatus::applied, Reason::none, {}, placed.order};
}

StepResult handle(Context& context, const Deposit& deposit) {
  if (!deposit.amount.is_positive() || deposit.amount > kMoneyMax - context.state.cash) {
    return refused(Reason::invalid_amount,
                   "amount=" + to_string(deposit.amount) + " maximum_cash=" + to_string(kMoneyMax));
  }
  post_cash(context, CashKind::deposit, deposit.amount, {}, deposit.note);
  return {};
}

StepResult handle(Context& context, const Withdraw& withdrawal) {
  const Money available = spendable(context);
  if (!withdrawal.amount.is_positive()) {
    return refused(Reason::invalid_amount, "amount=" + to_string(withdrawal.amount));
  }
  if (withdrawal.amount > available) {
    return refused(Reason::insufficient_cash,
                   "needed=" + to_string(withdrawal.amount) + " available=" + to_string(available));
  }
  post_cash(context, CashKind::withdrawal, -withdrawal.amount, {}, withdrawal.note);
  return {};
}

StepResult handle(Context& context, const SetTradingState& change) {
  TradingStates& states = context.state.strategy.states;
  states.of(change.scope) = change.state;
  context.state.trading_state = states.strictest();
  if (change.scope == Scope::run && change.state == TradingState::active) {
    forgive_losses(context.state);
  }
  Fields payload{{"trading_state", std::string(to_text(context.state.trading_state))}, {"cause", change.cause}};
  // Where it isn't plain from the first: another's state, or one below a stricter one.
  if (change.scope != Scope::run || change.state != context.state.trading_state) {
    payload.emplace_back("scope", to_text(change.scope));
    payload.emplace_back("scope_state", to_text(change.state));
  }
  post_event(context, EventType::trading_state_changed, {}, std::move(payload));
  return {};
}

StepResult handle(Context& context, const SetCeiling& change) {
  set_ceiling(context, change.limits);
  post_event(context, EventType::limits_changed, {},
             {{"limits", change.limits ? to_text(*change.limits) : std::string()}, {"cause", change.cause}});
  return {};
}

StepResult handle(Context& context, const Stop& stop) {
  cancel_all_orders(context, Reason::run_stopped);
  context.state.running = false;
  post_event(context, EventType::run_stopped, {}, {{"cause", stop.cause}});
  return {};
}

/// Whether the run has moved past this input: a tick by the feed's time, so that none is passed over when
/// commands have taken the run's own time beyond it; the marks of a tick that was executed without them as
/// long as nothing else has happened; all else by the run's last logical time.
bool is_processed(const RunState& state, const Input& input) {
  if (std::holds_alternative<Start>(input.body)) {
    return state.version > 0;
  }
  const auto* tick = std::get_if<RunTick>(&input.body);
  if (tick != nullptr && tick->execute) {
    return tick->tick->time <= state.feed_time;
  }
  if (tick != nullptr && tick->mark && input.time == state.last_time) {
    return state.last_mark_time >= input.time;
  }
  return input.time <= state.last_time;
}

}  // namespace

std::string_view to_text(TradingState state) { return text_at(kTradingStates, state); }
std::optional<TradingState> trading_state_from_text(std::string_view text) {
  return value_of<TradingState>(kTradingStates, text);
}

std::string_view to_text(Scope scope) { return text_at(kScopes, scope); }
std::optional<Scope> scope_from_text(std::string_view text) { return value_of<Scope>(kScopes, text); }

StepResult step(RunState& state, const Input& input, Effects& effects) {
  TD_ASSERT(state.config != nullptr && input.market != nullptr);
  if (!state.running) {
    return refused(Reason::run_not_running);
  }
  if (is_processed(state, input)) {
    return {StepStatus::already_processed, Reason::none, {}, {}};
  }
  if (state.version == 0 && !std::holds_alternative<Start>(input.body)) {
    return refused(Reason::run_not_running, "the run has not been started");
  }
  Context context{state, *input.market, input.time, effects};
  StepResult result = std::visit([&](const auto& body) { return handle(context, body); }, input.body);
  if (result.status == StepStatus::applied) {
    ++state.version;
    state.last_time = input.time;
  }
  return result;
}

Time next_tick_time(const RunState& state, const Tick& tick) {
  return std::max(tick.time, Time{state.last_time.us + 1});
}

Time next_command_time(const RunState& state, const Market& market) {
  return std::max(market.time(), Time{state.last_time.us + 1});
}

void advance_digest(RunState& state, const Effects& effects, const EffectsPosition& from, std::string& scratch) {
  scratch.clear();
  append_canonical(scratch, effects, from);
  state.digest = digest_chain(state.digest, scratch);
}

}  // namespace tradingd::engine
