#include <algorithm>

#include "daemon/engine/accounting.h"
#include "daemon/engine/schedule.h"
#include "daemon/engine/strategy.h"

namespace tradingd::engine {

namespace {

/// One installment on its way to its event.
struct Installment {
  std::int64_t k = 0;
  Date due;
  Placements placements;
  Money invested;
};

void post_installment(Context& context, const Installment& installment, EventType type, const Denial& why) {
  Fields payload{{"k", std::to_string(installment.k)},
                 {"due", format_date(installment.due)},
                 {"amount", to_string(context.config().sip->amount)},
                 {"invested", to_string(installment.invested)},
                 {"residue", to_string(context.state.strategy.sip_residue)}};
  if (why) {
    payload.emplace_back("reason", code(why.reason));
    if (!why.detail.empty()) {
      payload.emplace_back("detail", why.detail);
    }
  }
  installment.placements.append_to(payload);
  post_event(context, type, std::to_string(installment.k), std::move(payload));
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

void execute(Context& context, Installment installment) {
  const SipPlan& plan = *context.config().sip;
  std::vector<PlannedInstrument> instruments;
  for (const Allocation& allocation : plan.allocations) {
    instruments.push_back(look_up(context, allocation.symbol));
    if (instruments.back().denial) {
      skip(context, installment, instruments.back().denial);
      return;
    }
  }
  if (plan.deposit) {
    post_cash(context, CashKind::deposit, plan.amount, {}, "SIP installment " + std::to_string(installment.k));
  }

  StrategyState& strategy = context.state.strategy;
  const Money wanted = plan.amount + strategy.sip_residue;
  const Money budget = std::min(wanted, context.state.available());
  Money unallotted = budget;
  for (std::size_t i = 0; i < instruments.size(); ++i) {
    const Allocation& allocation = plan.allocations[i];
    const Money share = std::min(budget * allocation.weight, unallotted);
    unallotted -= share;
    const Quantity quantity = planned_buy(context, instruments[i], share);
    if (quantity.is_positive()) {
      const Money cost = planned_cost(context, instruments[i], quantity);
      if (place_planned(context, allocation.symbol, Side::buy, quantity, OrderSource::sip, installment.placements)) {
        installment.invested += cost;
      }
    }
  }
  strategy.sip_residue = plan.carry_residue ? budget - installment.invested : Money{};

  if (installment.placements.orders.empty()) {
    skip(context, installment, why_nothing(installment, wanted, budget));
  } else {
    post_installment(context, installment, EventType::sip_executed, {});
  }
}

}  // namespace

void run_sip(Context& context) {
  const SipPlan& plan = *context.config().sip;
  const Date today = context.market.session().date;
  ScheduleState& schedule = context.state.strategy.sip;
  if (!schedule.anchor) {
    begin_schedule(schedule, plan.schedule, today, plan.end);
  }
  if (!schedule.next_due || today < *schedule.next_due) {
    return;
  }
  if (context.state.trading_state != TradingState::active) {
    schedule.held_since = schedule.held_since.value_or(today);
    return;
  }

  const bool late = schedule.held_since && *schedule.held_since < today;
  const std::int64_t last = last_due(plan.schedule, *schedule.anchor, plan.end ? std::min(today, *plan.end) : today);
  for (std::int64_t k = schedule.next_k; k <= last; ++k) {
    const Installment installment{k, due_date(plan.schedule, *schedule.anchor, k), {}, {}};
    const bool superseded = k < last;
    const bool missed = superseded || late;
    if ((superseded && plan.catch_up == CatchUp::run_last) || (missed && plan.catch_up == CatchUp::skip)) {
      skip(context, installment, {Reason::missed_installment, {}});
    } else {
      execute(context, installment);
    }
  }
  await_installment(schedule, plan.schedule, last + 1, plan.end);
}

}  // namespace tradingd::engine
