#include <algorithm>
#include <array>

#include "daemon/engine/accounting.h"
#include "daemon/engine/margin.h"
#include "daemon/engine/orders.h"
#include "daemon/engine/schedule.h"
#include "daemon/engine/strategy.h"
#include "daemon/engine/texts.h"

namespace tradingd::engine {

namespace {

// In the order of CatchUp.
constexpr std::array<std::string_view, 3> kCatchUps{"run_all", "run_last", "skip"};

/// One installment on its way to its event.
struct Installment {
  Due due;
  bool missed = false;
  Placements placements;
  Money amount;
  std::optional<Money> value;  // of value averaging: what the plan's holdings are worth before it
  Money invested;
};

void post_installment(Context& context, const Installment& installment, EventType type, const Denial& why) {
  const SipPlan& plan = *context.config().sip;
  Fields payload{{"k", std::to_string(installment.due.k)}};
  append_due(payload, plan.schedule, context.market, installment.due);
  payload.emplace_back("amount", to_string(installment.amount));
  if (installment.value) {
    payload.emplace_back("value", to_string(*installment.value));
  }
  payload.emplace_back("invested", to_string(installment.invested));
  payload.emplace_back("residue", to_string(context.state.strategy.sip_residue));
  if (installment.missed) {
    payload.emplace_back("missed", "true");
    payload.emplace_back("catch_up", text_at(kCatchUps, plan.catch_up));
  }
  if (why) {
    payload.emplace_back("reason", code(why.reason));
    if (!why.detail.empty()) {
      payload.emplace_back("detail", why.detail);
    }
  }
  installment.placements.append_to(payload);
  post_event(context, type, std::to_string(installment.due.k), std::move(payload));
}

void skip(Context& context, const Installment& installment, const Denial& why) {
  post_installment(context, installment, EventType::sip_skipped, why);
}

/// Why an installment placed nothing.
Denial why_nothing(const Installment& installment, Money wanted, Money budget) {
  if (installment.placements.first_denial) {
    return installment.placements.first_denial;
  }
  if (budget < wanted) {
    return {Reason::insufficient_cash, "needed=" + to_string(wanted) + " available=" + to_string(budget)};
  }
  return {Reason::below_minimum_order, "available=" + to_string(budget)};
}

/// What the plan's symbols are worth: what is held, and what its open orders will add.
Money value_of(const Context& context, const std::vector<PlannedInstrument>& instruments) {
  Money value;
  for (const PlannedInstrument& planned : instruments) {
    Quantity quantity = held(context.state, planned.instrument->id);
    for (const Order& order : context.state.open_orders) {
      if (order.source == OrderSource::sip && order.instrument == planned.instrument->id) {
        quantity += order.open_quantity();
      }
    }
    value += planned.last * quantity;
  }
  return value;
}

/// After Edleson: at its n-th installment the plan should be worth amount × n × (1 + growth)^n.
Money value_path(const SipPlan& plan, std::int64_t n) {
  Money value = plan.amount;
  for (std::int64_t i = 0; i < n && value < kMoneyMax; ++i) {
    value += value * plan.growth;
  }
  Money path;
  for (std::int64_t i = 0; i < n && path < kMoneyMax; ++i) {
    path += value;
  }
  return std::min(path, kMoneyMax);
}

/// The symbol's part of the budget. Amounts by symbol are met to the unit where the budget is their sum.
Money share_of(const SipPlan& plan, std::size_t i, Money budget) {
  const Ratio weight = plan.allocations[i].weight;
  return plan.symbol_amounts.empty() ? budget * weight : plan.symbol_amounts[i] + (budget - plan.amount) * weight;
}

/// Places the orders for the budget.
void invest(Context& context, const std::vector<PlannedInstrument>& instruments, Money budget,
            Installment& installment) {
  const SipPlan& plan = *context.config().sip;
  Money unallotted = budget;
  for (std::size_t i = 0; i < instruments.size(); ++i) {
    const Money share = std::clamp(share_of(plan, i, budget), Money{}, unallotted);
    unallotted -= share;
    const Quantity quantity = planned_buy(context, instruments[i], share);
    if (quantity.is_positive()) {
      const Money cost = planned_cost(context, instruments[i], quantity);
      if (place_planned(context, plan.allocations[i].symbol, Side::buy, quantity, OrderSource::sip,
                        installment.placements)) {
        installment.invested += cost;
      }
    }
  }
}

void execute(Context& context, Installment installment) {
  const SipPlan& plan = *context.config().sip;
  StrategyState& strategy = context.state.strategy;
  std::vector<PlannedInstrument> instruments;
  for (const Allocation& allocation : plan.allocations) {
    instruments.push_back(look_up(context, allocation.symbol));
    if (instruments.back().denial) {
      skip(context, installment, instruments.back().denial);
      return;
    }
  }
  if (plan.value_averaging) {
    const Money path = value_path(plan, installment.due.k - strategy.sip.first_k + 1);
    installment.value = value_of(context, instruments);
    installment.amount = path - *installment.value;
    if (!installment.amount.is_positive()) {
      installment.amount = {};
      skip(context, installment,
           {Reason::value_reached, "value=" + to_string(*installment.value) + " wanted=" + to_string(path)});
      return;
    }
  }
  if (plan.deposit && installment.amount <= kMoneyMax - context.state.cash) {
    post_cash(context, CashKind::deposit, installment.amount, {},
              "SIP installment " + std::to_string(installment.due.k));
  }
  const Money wanted = installment.amount + strategy.sip_residue;
  const Money budget = std::max(std::min(wanted, spendable(context)), Money{});
  invest(context, instruments, budget, installment);
  strategy.sip_residue = plan.carry_residue ? budget - installment.invested : Money{};
  if (installment.placements.orders.empty()) {
    skip(context, installment, why_nothing(installment, wanted, budget));
  } else {
    post_installment(context, installment, EventType::sip_executed, {});
  }
}

/// Whether its session went by without it. Of the run's first one that means nothing: it was due before the run was.
bool is_late(const Context& context, const ScheduleState& schedule, const Due& due) {
  const Date today = context.market.session().date;
  const bool held = schedule.held_since && *schedule.held_since < today;
  const bool passed = context.market.sessions() != nullptr && due.k != schedule.first_k && due.session < today;
  return held || passed;
}

}  // namespace

Money installment_amount(const SipPlan& plan, Date anchor, Date due) {
  Money amount = plan.amount;
  for (const DatedAmount& change : plan.amounts) {
    if (change.from <= due) {
      amount = change.amount;
    }
  }
  if (plan.step_up_rate.is_zero() && plan.step_up_amount.is_zero()) {
    return std::min(amount, kMoneyMax);
  }
  const CivilDate from = to_civil(anchor);
  const CivilDate to = to_civil(due);
  const bool anniversary_passed = std::pair(to.month, to.day) >= std::pair(from.month, from.day);
  const int years = to.year - from.year - (anniversary_passed ? 0 : 1);
  for (int i = 0; i < years && amount < kMoneyMax; ++i) {
    amount += amount * plan.step_up_rate + plan.step_up_amount;
  }
  return std::min(amount, kMoneyMax);
}

void run_sip(Context& context) {
  const SipPlan& plan = *context.config().sip;
  const Date today = context.market.session().date;
  ScheduleState& schedule = context.state.strategy.sip;
  if (!schedule.anchor) {
    begin_schedule(schedule, plan.schedule, context.market.sessions(), today, plan.end);
    if (plan.value_averaging || context.market.sessions() != nullptr) {
      schedule.first_k = schedule.next_k;
    }
  }
  const std::vector<Due> all = reached(schedule, plan.schedule, context.market, plan.end);
  if (all.empty()) {
    return;
  }
  if (context.state.trading_state != TradingState::active) {
    schedule.held_since = schedule.held_since.value_or(today);
    return;
  }
  const auto last_live = std::find_if(all.rbegin(), all.rend(), [](const Due& due) { return !due.dropped; });
  for (const Due& due : all) {
    const bool superseded = last_live != all.rend() && due.k < last_live->k;
    Installment installment;
    installment.due = due;
    installment.amount = installment_amount(plan, *schedule.anchor, due.date);
    installment.missed = superseded || is_late(context, schedule, due);
    if (due.dropped && plan.schedule.interval == Interval::daily) {
      continue;
    }
    if (due.dropped) {
      installment.missed = false;
      skip(context, installment, {Reason::not_a_session, {}});
    } else if ((superseded && plan.catch_up == CatchUp::run_last) ||
               (installment.missed && plan.catch_up == CatchUp::skip)) {
      skip(context, installment, {Reason::missed_installment, {}});
    } else {
      execute(context, std::move(installment));
    }
  }
  await_installment(schedule, plan.schedule, context.market.sessions(), all.back().k + 1, plan.end);
}

}  // namespace tradingd::engine
