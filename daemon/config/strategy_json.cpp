// Configurations as canonical JSON.

#include "daemon/config/costs.h"
#include "daemon/config/plan_reader.h"
#include "daemon/config/strategy_words.h"

namespace tradingd::config {

namespace {

using nlohmann::json;

json limits_json(const engine::Limits& limits) {
  json object{{"forbidden_symbols", limits.forbidden_symbols}, {"allowed_symbols", limits.allowed_symbols}};
  const auto put = [&](const char* key, const auto& value) {
    if (!value) {
      return;
    }
    if constexpr (std::is_integral_v<std::decay_t<decltype(*value)>>) {
      object[key] = *value;
    } else {
      object[key] = to_string(*value);
    }
  };
  put("max_position_quantity", limits.max_position_quantity);
  put("max_position_value", limits.max_position_value);
  put("max_position_share", limits.max_position_share);
  put("min_order_notional", limits.min_order_notional);
  put("max_order_notional", limits.max_order_notional);
  put("max_gross_exposure", limits.max_gross_exposure);
  put("price_collar", limits.price_collar);
  put("max_price_age_s", limits.max_price_age_s);
  put("max_open_orders", limits.max_open_orders);
  put("max_daily_orders", limits.max_daily_orders);
  put("max_orders_per_minute", limits.max_orders_per_minute);
  put("max_daily_loss", limits.max_daily_loss);
  put("max_drawdown", limits.max_drawdown);
  return object;
}

}  // namespace

json to_json(const engine::RunConfig& config) {
  json object{{"strategy", word_for(kStrategyWords, config.strategy)},
              {"fill_at", word_for(kFillAtWords, config.fill_at)},
              {"quantity_step", to_string(config.quantity_step)},
              {"market_buffer", to_string(config.market_buffer)},
              {"fees", to_json(config.fee)},
              {"slippage", to_json(config.slippage)},
              {"limits", limits_json(config.limits)}};
  if (config.cost_basis != engine::CostBasis::average) {
    object["cost_basis"] = word_for(kCostBasisWords, config.cost_basis);
  }
  if (config.short_selling) {
    object["short_selling"] = {{"initial_margin", to_string(config.short_selling->initial_margin)},
                               {"maintenance_margin", to_string(config.short_selling->maintenance_margin)}};
  }
  if (config.volume_cap) {
    object["volume_cap"] = to_string(*config.volume_cap);
  }
  if (config.sip) {
    object["sip"] = sip_json(*config.sip);
  }
  if (config.rebalance) {
    object["rebalance"] = rebalance_json(*config.rebalance);
  }
  return object;
}

}  // namespace tradingd::config
