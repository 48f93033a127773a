#include "daemon/config/strategy.h"

#include <algorithm>
#include <utility>

#include "daemon/config/costs.h"
#include "daemon/config/plan_reader.h"
#include "daemon/config/reader.h"
#include "daemon/config/strategy_words.h"
#include "daemon/engine/symbol.h"

namespace tradingd::config {

namespace {

using engine::StrategyKind;
using nlohmann::json;

constexpr Ratio kOne{kScale};
constexpr std::int64_t kOrdersMax = 1'000'000;
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
    if (auto shorts = root_.table("short_selling")) {
      config_.short_selling = read_short_selling(*shorts);
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

  static engine::ShortSelling read_short_selling(TableReader& shorts) {
    constexpr Ratio kMost{10 * kScale};
    constexpr Ratio kInitial{kScale / 2};
    constexpr Ratio kMaintenance{kScale * 3 / 10};
    engine::ShortSelling read{shorts.decimal("initial_margin", Ratio{0}, kMost).value_or(kInitial),
                              shorts.decimal("maintenance_margin", Ratio{0}, kMost).value_or(kMaintenance)};
    if (read.maintenance_margin > read.initial_margin) {
      shorts.problem("maintenance_margin", "must not be above initial_margin, " + to_string(read.initial_margin));
    }
    shorts.finish();
    return read;
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
        config_.sip = read_sip(*sip, config_.limits);
      }
    }
    if (!kind || wants_rebalance) {
      if (auto rebalance = root_.table("rebalance")) {
        config_.rebalance = read_rebalance(*rebalance, config_.limits);
      }
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
