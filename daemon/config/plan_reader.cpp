#include "daemon/config/plan_reader.h"

#include <algorithm>

#include "daemon/config/schedule_reader.h"
#include "daemon/config/strategy_words.h"
#include "daemon/engine/symbol.h"

namespace tradingd::config {

namespace {

using engine::Allocation;
using engine::RebalancePlan;
using engine::SipPlan;

constexpr Ratio kOne{kScale};
constexpr std::size_t kSymbolsMax = 1000;
constexpr Ratio kRelativeBandMax{100 * kScale};
constexpr std::int64_t kCooldownDaysMax = 3650;
constexpr Ratio kStepUpMax{10 * kScale};
constexpr const char* kStepUpRule = " must be a percentage such as \"10%\" from 0 to 1000, or an amount such as \"50\"";

template <typename T>
void take(T& target, const std::optional<T>& value) {
  if (value) {
    target = *value;
  }
}

void check_symbol(TableReader& table, const std::string& symbol, const engine::Limits& limits) {
  if (!engine::is_symbol(symbol)) {
    table.problem(symbol, "is not a symbol; it needs " + std::string(engine::kSymbolRule));
  }
  if (std::binary_search(limits.forbidden_symbols.begin(), limits.forbidden_symbols.end(), symbol)) {
    table.problem(symbol, "is in limits.forbidden_symbols");
  } else if (!limits.allowed_symbols.empty() &&
             !std::binary_search(limits.allowed_symbols.begin(), limits.allowed_symbols.end(), symbol)) {
    table.problem(symbol, "is not in limits.allowed_symbols");
  }
}

/// A table of symbols, checked; empty where something is wrong with them as a whole.
std::vector<std::string> read_symbols(TableReader& table, const engine::Limits& limits) {
  std::vector<std::string> symbols = table.keys();
  if (symbols.empty() || symbols.size() > kSymbolsMax) {
    table.problem(
        "", "has " + std::to_string(symbols.size()) + " symbols; allowed are 1 to " + std::to_string(kSymbolsMax));
    return {};
  }
  std::erase_if(symbols, [&](const std::string& symbol) {
    if (table.value(symbol)->is_object()) {
      table.problem(symbol, "a symbol with a dot must be in quotes, such as \"BRK.B\" = \"0.5\"");
      return true;
    }
    check_symbol(table, symbol, limits);
    return false;
  });
  return symbols;
}

std::vector<Allocation> read_weights(TableReader& plan, Ratio cash, const engine::Limits& limits) {
  std::vector<Allocation> allocations;
  plan.require("weights", "write a table of symbols and weights, such as SPX = \"1\"");
  auto weights = plan.table("weights");
  if (!weights) {
    return allocations;
  }
  Int128 sum = cash.units;
  for (const std::string& symbol : read_symbols(*weights, limits)) {
    if (const auto weight = weights->decimal(symbol, Ratio{1}, kOne)) {
      allocations.push_back({symbol, *weight});
      sum += weight->units;
    }
  }
  if (!allocations.empty() && allocations.size() == weights->keys().size() && sum != kOne.units) {
    weights->problem(
        "", std::string("sum to ") + format_units(sum) + (cash.is_zero() ? "" : " with cash") + "; they must sum to 1");
  }
  return allocations;
}

/// [sip.symbol_amounts]: an amount for each symbol; the installment is their sum.
void read_symbol_amounts(TableReader& sip, SipPlan& plan, const engine::Limits& limits) {
  auto table = sip.table("symbol_amounts");
  for (const std::string_view key : {"amount", "weights", "amounts"}) {
    sip.forbid(key, "symbol_amounts says what each symbol gets");
  }
  if (!table) {
    return;
  }
  for (const std::string& symbol : read_symbols(*table, limits)) {
    const Money most{kMoneyMax.units / static_cast<Int128>(kSymbolsMax)};
    if (const auto amount = table->decimal(symbol, Money{1}, most)) {
      plan.allocations.push_back({symbol, {}});
      plan.symbol_amounts.push_back(*amount);
      plan.amount += *amount;
    }
  }
  for (std::size_t i = 0; i < plan.allocations.size(); ++i) {
    plan.allocations[i].weight = plan.symbol_amounts[i] / plan.amount;
  }
}

/// [sip.amounts]: other amounts, each from its day on.
void read_amounts(TableReader& sip, SipPlan& plan) {
  auto table = sip.table("amounts");
  if (!table) {
    return;
  }
  sip.forbid("step_up", "amounts says what each installment is");
  for (const std::string& key : table->keys()) {
    const Result<Date> from = parse_date(key);
    const auto amount = table->decimal(key, Money{1}, kMoneyMax);
    if (!from) {
      table->problem(key, "is not a date; write it as 2026-04-01");
    } else if (amount) {
      plan.amounts.push_back({*from, *amount});
    }
  }
}

/// "10%" or "50".
void read_step_up(TableReader& sip, SipPlan& plan) {
  const nlohmann::json* const value = sip.value("step_up");
  if (value == nullptr) {
    return;
  }
  std::string text = value->is_string() ? value->get<std::string>() : value->is_number_integer() ? value->dump() : "";
  const bool percent = text.ends_with('%');
  const std::optional<Int128> units = parse_units(percent ? text.substr(0, text.size() - 1) : text);
  constexpr Int128 kPercent = 100;
  const Int128 most = percent ? Int128{kStepUpMax.units} * kPercent : kMoneyMax.units;
  if (!units || *units < 0 || *units > most || (percent && *units % kPercent != 0)) {
    sip.problem("step_up", show(*value) + kStepUpRule);
  } else if (percent) {
    plan.step_up_rate = {static_cast<std::int64_t>(*units / kPercent)};
  } else {
    plan.step_up_amount = {*units};
  }
}

void read_rule(TableReader& sip, SipPlan& plan) {
  take(plan.value_averaging, sip.choice<bool>("rule", kAmountRuleWords));
  if (!plan.value_averaging) {
    sip.forbid("growth", "it belongs to rule = \"value_averaging\"");
    return;
  }
  plan.carry_residue = false;  // the next installment makes up for it by itself
  for (const std::string_view key : {"step_up", "amounts", "residue", "symbol_amounts"}) {
    sip.forbid(key, "it doesn't go with rule = \"value_averaging\"");
  }
  take(plan.growth, sip.decimal("growth", Ratio{0}, kOne));
}

nlohmann::json weights_json(const std::vector<Allocation>& allocations) {
  nlohmann::json weights = nlohmann::json::object();
  for (const Allocation& allocation : allocations) {
    weights[allocation.symbol] = to_string(allocation.weight);
  }
  return weights;
}

}  // namespace

SipPlan read_sip(TableReader& sip, const engine::Limits& limits) {
  SipPlan plan;
  sip.require("every", "write \"monthly\" or another interval");
  plan.schedule = read_schedule(sip);
  plan.end = sip.date("end");
  if (plan.end && plan.schedule.anchor && *plan.end < *plan.schedule.anchor) {
    sip.problem("end", format_date(*plan.end) + " must not be before the first installment, " +
                           format_date(*plan.schedule.anchor));
  }
  take(plan.deposit, sip.choice<bool>("funding", kFundingWords));
  take(plan.catch_up, sip.choice<engine::CatchUp>("catch_up", kCatchUpWords));
  read_rule(sip, plan);
  if (!plan.value_averaging) {
    take(plan.carry_residue, sip.choice<bool>("residue", kResidueWords));
    read_step_up(sip, plan);
  }
  if (sip.has("symbol_amounts")) {
    read_symbol_amounts(sip, plan, limits);
  } else {
    sip.require("amount", "write the amount of an installment, such as \"500\"");
    take(plan.amount, sip.decimal("amount", Money{1}, kMoneyMax));
    read_amounts(sip, plan);
    plan.allocations = read_weights(sip, Ratio{}, limits);
  }
  sip.finish();
  return plan;
}

RebalancePlan read_rebalance(TableReader& rebalance, const engine::Limits& limits) {
  RebalancePlan plan;
  if (rebalance.has("every")) {
    plan.schedule = read_schedule(rebalance);
  } else {
    forbid_schedule(rebalance);
    if (!rebalance.has("relative_band")) {
      rebalance.require("band", "give every, or band, or both");
    }
    static_cast<void>(rebalance.value("every"));
  }
  plan.band = rebalance.decimal("band", Ratio{1}, kOne);
  plan.relative_band = rebalance.decimal("relative_band", Ratio{1}, kRelativeBandMax);
  take(plan.to_edge, rebalance.choice<bool>("to", kRebalanceToWords));
  if (plan.to_edge && !rebalance.has("band") && !rebalance.has("relative_band")) {
    rebalance.problem("to", "\"edge\" needs a band or a relative_band, whose edge it is");
  }
  if (const auto days = rebalance.integer("cooldown_days", 0, kCooldownDaysMax)) {
    plan.cooldown_days = static_cast<std::int32_t>(*days);
  }
  take(plan.min_order_notional, rebalance.decimal("min_order", Money{0}, kMoneyMax));
  take(plan.cash_weight, rebalance.decimal("cash", Ratio{0}, kOne));
  plan.targets = read_weights(rebalance, plan.cash_weight, limits);
  rebalance.finish();
  return plan;
}

nlohmann::json sip_json(const SipPlan& plan) {
  nlohmann::json sip{{"funding", word_for(kFundingWords, plan.deposit)},
                     {"catch_up", word_for(kCatchUpWords, plan.catch_up)}};
  put_schedule(sip, plan.schedule);
  if (plan.symbol_amounts.empty()) {
    sip["amount"] = to_string(plan.amount);
    sip["weights"] = weights_json(plan.allocations);
  }
  for (std::size_t i = 0; i < plan.symbol_amounts.size(); ++i) {
    sip["symbol_amounts"][plan.allocations[i].symbol] = to_string(plan.symbol_amounts[i]);
  }
  for (const engine::DatedAmount& change : plan.amounts) {
    sip["amounts"][format_date(change.from)] = to_string(change.amount);
  }
  if (plan.value_averaging) {
    sip["rule"] = word_for(kAmountRuleWords, true);
    sip["growth"] = to_string(plan.growth);
  } else {
    sip["residue"] = word_for(kResidueWords, plan.carry_residue);
  }
  if (plan.step_up_rate.is_positive()) {
    sip["step_up"] = format_units(Int128{plan.step_up_rate.units} * 100) + "%";
  } else if (plan.step_up_amount.is_positive()) {
    sip["step_up"] = to_string(plan.step_up_amount);
  }
  if (plan.end) {
    sip["end"] = format_date(*plan.end);
  }
  return sip;
}

nlohmann::json rebalance_json(const RebalancePlan& plan) {
  nlohmann::json rebalance{{"min_order", to_string(plan.min_order_notional)},
                           {"cash", to_string(plan.cash_weight)},
                           {"weights", weights_json(plan.targets)}};
  if (plan.schedule) {
    put_schedule(rebalance, *plan.schedule);
  }
  if (plan.band) {
    rebalance["band"] = to_string(*plan.band);
  }
  if (plan.relative_band) {
    rebalance["relative_band"] = to_string(*plan.relative_band);
  }
  if (plan.cooldown_days > 0) {
    rebalance["cooldown_days"] = plan.cooldown_days;
  }
  if (plan.to_edge) {
    rebalance["to"] = word_for(kRebalanceToWords, true);
  }
  return rebalance;
}

}  // namespace tradingd::config
