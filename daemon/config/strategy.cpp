#include "daemon/config/strategy.h"

#include <algorithm>
#include <utility>

#include "daemon/config/costs.h"
#include "daemon/config/reader.h"
#include "daemon/config/strategy_words.h"
#include "daemon/engine/symbol.h"

namespace tradingd::config {

namespace {

using engine::StrategyKind;
using nlohmann::json;

constexpr Ratio kOne{kScale};
constexpr std::size_t kSymbolsMax = 1000;
constexpr std::int64_t kOrdersMax = 1'000'000;
constexpr Ratio kRelativeBandMax{100 * kScale};
constexpr std::int64_t kCooldownDaysMax = 3650;
constexpr std::int64_t kPriceAgeMax = 31'536'000;  // a year

/// Reads one document into a configuration.
class StrategyReader {
 public:
  StrategyReader(const Document& document, std::vector<Problem>& problems) : root_(document, problems) {}

  engine::RunConfig read(engine::FillAt default_fill_at) {
    config_.fill_at = default_fill_at;
    root_.require("strategy", "write \"manual\", \"sip\", \"rebalance\" or \"sip+rebalance\"");
    const auto kind = root_.choice<StrategyKind>("strategy", kStrategyWords);
    take(config_.strategy, kind);
    take(config_.fill_at, root_.choice<engine::FillAt>("fill_at", kFillAtWords));
    take(config_.quantity_step, root_.decimal("quantity_step", Quantity{1}, kQuantityMax));
    take(config_.market_buffer, root_.decimal("market_buffer", Ratio{0}, kOne));
    take(config_.cost_basis, root_.choice<engine::CostBasis>("cost_basis", kCostBasisWords));
    config_.volume_cap = root_.decimal("volume_cap", Ratio{1}, kOne);
    if (auto fees = root_.table("fees")) {
      config_.fee = read_fees(*fees);
    }
    if (auto slippage = root_.table("slippage")) {
      config_.slippage = read_slippage(*slippage);
    }
    if (auto limits = root_.table("limits")) {
      read_limits(*limits);
    }
    read_plans(kind);
    root_.finish();
    return std::move(config_);
  }

 private:
  template <typename T>
  static void take(T& target, const std::optional<T>& value) {
    if (value) {
      target = *value;
    }
  }

  void read_limits(TableReader& limits) {
    engine::Limits& target = config_.limits;
    target.max_position_quantity = limits.decimal("max_position_quantity", Quantity{1}, kPositionMax);
    target.max_position_value = limits.decimal("max_position_value", Money{1}, kMoneyMax);
    target.max_order_notional = limits.decimal("max_order_notional", Money{1}, kMoneyMax);
    target.max_position_share = limits.decimal("max_position_share", Ratio{1}, kOne);
    target.min_order_notional = limits.decimal("min_order_notional", Money{1}, kMoneyMax);
    target.max_gross_exposure = limits.decimal("max_gross_exposure", Money{1}, kMoneyMax);
    target.price_collar = limits.decimal("price_collar", Ratio{1}, kOne);
    target.max_price_age_s = limits.integer("max_price_age_s", 1, kPriceAgeMax);
    target.max_daily_loss = limits.decimal("max_daily_loss", Money{1}, kMoneyMax);
    target.max_drawdown = limits.decimal("max_drawdown", Ratio{1}, kOne);
    target.max_open_orders = read_count(limits, "max_open_orders");
    target.max_daily_orders = read_count(limits, "max_daily_orders");
    target.max_orders_per_minute = read_count(limits, "max_orders_per_minute");
    target.forbidden_symbols = read_symbols(limits, "forbidden_symbols");
    target.allowed_symbols = read_symbols(limits, "allowed_symbols");
    limits.finish();
  }

  static std::optional<std::int32_t> read_count(TableReader& limits, std::string_view key) {
    const std::optional<std::int64_t> count = limits.integer(key, 1, kOrdersMax);
    return count ? std::optional(static_cast<std::int32_t>(*count)) : std::nullopt;
  }

  /// Sorted, since their order means nothing and must not change the hash.
  static std::vector<std::string> read_symbols(TableReader& table, std::string_view key) {
    std::vector<std::string> symbols = table.texts(key).value_or(std::vector<std::string>{});
    std::sort(symbols.begin(), symbols.end());
    symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
    for (const std::string& symbol : symbols) {
      if (!engine::is_symbol(symbol)) {
        table.problem(key, show(symbol) + " is not a symbol; it needs " + std::string(engine::kSymbolRule));
      }
    }
    return symbols;
  }

  void read_plans(std::optional<StrategyKind> kind) {
    const bool wants_sip = kind == StrategyKind::sip || kind == StrategyKind::sip_rebalance;
    const bool wants_rebalance = kind == StrategyKind::rebalance || kind == StrategyKind::sip_rebalance;
    if (kind) {
      const std::string strategy = "strategy is \"" + std::string(to_text(*kind)) + "\"";
      wants_sip ? root_.require("sip", strategy + " and needs the table [sip]") : root_.forbid("sip", strategy);
      wants_rebalance ? root_.require("rebalance", strategy + " and needs the table [rebalance]")
                      : root_.forbid("rebalance", strategy);
    }
    if (!kind || wants_sip) {
      if (auto sip = root_.table("sip")) {
        config_.sip = read_sip(*sip);
      }
    }
    if (!kind || wants_rebalance) {
      if (auto rebalance = root_.table("rebalance")) {
        config_.rebalance = read_rebalance(*rebalance);
      }
    }
  }

  engine::SipPlan read_sip(TableReader& sip) {
    engine::SipPlan plan;
    sip.require("amount", "write the amount of an installment, such as \"500\"");
    take(plan.amount, sip.decimal("amount", Money{1}, kMoneyMax));
    sip.require("every", "write \"monthly\" or another interval");
    plan.schedule = read_schedule(sip);
    plan.end = sip.date("end");
    if (plan.end && plan.schedule.anchor && *plan.end < *plan.schedule.anchor) {
      sip.problem("end", format_date(*plan.end) + " must not be before the first installment, " +
                             format_date(*plan.schedule.anchor));
    }
    take(plan.deposit, sip.choice<bool>("funding", kFundingWords));
    take(plan.carry_residue, sip.choice<bool>("residue", kResidueWords));
    take(plan.catch_up, sip.choice<engine::CatchUp>("catch_up", kCatchUpWords));
    plan.allocations = read_weights(sip, Ratio{});
    sip.finish();
    return plan;
  }

  engine::RebalancePlan read_rebalance(TableReader& rebalance) {
    engine::RebalancePlan plan;
    if (rebalance.has("every")) {
      plan.schedule = read_schedule(rebalance);
    } else {
      rebalance.forbid("day", "it belongs to every");
      rebalance.forbid("start", "it belongs to every");
      if (!rebalance.has("relative_band")) {
        rebalance.require("band", "give every, or band, or both");
      }
      static_cast<void>(rebalance.value("every"));
    }
    plan.band = rebalance.decimal("band", Ratio{1}, kOne);
    plan.relative_band = rebalance.decimal("relative_band", Ratio{1}, kRelativeBandMax);
    if (const auto days = rebalance.integer("cooldown_days", 0, kCooldownDaysMax)) {
      plan.cooldown_days = static_cast<std::int32_t>(*days);
    }
    take(plan.min_order_notional, rebalance.decimal("min_order", Money{0}, kMoneyMax));
    take(plan.cash_weight, rebalance.decimal("cash", Ratio{0}, kOne));
    plan.targets = read_weights(rebalance, plan.cash_weight);
    rebalance.finish();
    return plan;
  }

  static engine::Schedule read_schedule(TableReader& plan) {
    engine::Schedule schedule;
    take(schedule.interval, plan.choice<engine::Interval>("every", kIntervalWords));
    schedule.anchor = plan.date("start");
    if (!has_day_of_month(schedule.interval)) {
      plan.forbid("day", "only a monthly, quarterly or yearly plan has one; give start instead");
      return schedule;
    }
    const json* const day = plan.value("day");
    if (day == nullptr) {
      return schedule;
    }
    const bool month_end = *day == kMonthEndWord;
    if (!month_end && (!day->is_number_integer() || *day < 1 || *day > 28)) {
      plan.problem("day", show(*day) + " must be a whole number from 1 to 28, or \"month_end\"");
      return schedule;
    }
    schedule.day_of_month = month_end ? engine::kMonthEnd : day->get<int>();
    if (schedule.anchor) {
      schedule.anchor = first_due(*schedule.anchor, schedule.day_of_month);
    }
    return schedule;
  }

  /// The first such day of a month on or after `start`.
  static Date first_due(Date start, int day_of_month) {
    CivilDate civil = to_civil(start);
    const int day = std::min(day_of_month, days_in_month(civil.year, civil.month));
    if (day < civil.day) {
      civil = civil.month == 12 ? CivilDate{civil.year + 1, 1, 1} : CivilDate{civil.year, civil.month + 1, 1};
    }
    return from_civil({civil.year, civil.month, std::min(day_of_month, days_in_month(civil.year, civil.month))});
  }

  std::vector<engine::Allocation> read_weights(TableReader& plan, Ratio cash) {
    std::vector<engine::Allocation> allocations;
    plan.require("weights", "write a table of symbols and weights, such as SPX = \"1\"");
    auto weights = plan.table("weights");
    if (!weights) {
      return allocations;
    }
    const std::vector<std::string> symbols = weights->keys();
    if (symbols.empty() || symbols.size() > kSymbolsMax) {
      weights->problem(
          "", "has " + std::to_string(symbols.size()) + " symbols; allowed are 1 to " + std::to_string(kSymbolsMax));
      return allocations;
    }
    Int128 sum = cash.units;
    for (const std::string& symbol : symbols) {
      if (weights->value(symbol)->is_object()) {
        weights->problem(symbol, "a symbol with a dot must be in quotes, such as \"BRK.B\" = \"0.5\"");
        continue;
      }
      check_symbol(*weights, symbol);
      if (const auto weight = weights->decimal(symbol, Ratio{1}, kOne)) {
        allocations.push_back({symbol, *weight});
        sum += weight->units;
      }
    }
    if (allocations.size() == symbols.size() && sum != kOne.units) {
      weights->problem("", std::string("sum to ") + format_units(sum) + (cash.is_zero() ? "" : " with cash") +
                               "; they must sum to 1");
    }
    return allocations;
  }

  void check_symbol(TableReader& weights, const std::string& symbol) const {
    const std::vector<std::string>& forbidden = config_.limits.forbidden_symbols;
    const std::vector<std::string>& allowed = config_.limits.allowed_symbols;
    if (!engine::is_symbol(symbol)) {
      weights.problem(symbol, "is not a symbol; it needs " + std::string(engine::kSymbolRule));
    }
    if (std::binary_search(forbidden.begin(), forbidden.end(), symbol)) {
      weights.problem(symbol, "is in limits.forbidden_symbols");
    } else if (!allowed.empty() && !std::binary_search(allowed.begin(), allowed.end(), symbol)) {
      weights.problem(symbol, "is not in limits.allowed_symbols");
    }
  }

  TableReader root_;
  engine::RunConfig config_;
};

Result<StrategyDocument> read_strategy(const Document& document, std::string_view name, engine::FillAt default_fill_at,
                                       std::vector<Problem>& problems) {
  StrategyDocument strategy;
  if (problems.empty()) {
    strategy.config = StrategyReader(document, problems).read(default_fill_at);
  }
  if (!problems.empty()) {
    std::stable_sort(problems.begin(), problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    return Error{describe(problems, name)};
  }
  strategy.strategy = to_text(strategy.config.strategy);
  strategy.canonical_json = to_json(strategy.config).dump();
  strategy.hash = digest_of(strategy.canonical_json);
  return strategy;
}

}  // namespace

Result<StrategyDocument> parse_strategy(std::string_view toml, std::string_view name, engine::FillAt default_fill_at,
                                        std::vector<Problem>* problems) {
  std::vector<Problem> found;
  const Document document = parse_toml(toml, found);
  Result<StrategyDocument> strategy = read_strategy(document, name, default_fill_at, found);
  if (problems != nullptr) {
    *problems = std::move(found);
  }
  return strategy;
}

Result<StrategyDocument> strategy_from_json(std::string_view text) {
  Document document;
  document.values = json::parse(text, nullptr, false);
  if (!document.values.is_object()) {
    return Error{"the run's stored configuration is not a JSON object"};
  }
  std::vector<Problem> problems;
  return read_strategy(document, "the run's stored configuration", engine::FillAt::close, problems);
}

std::string_view to_text(StrategyKind kind) { return word_for(kStrategyWords, kind); }

}  // namespace tradingd::config
