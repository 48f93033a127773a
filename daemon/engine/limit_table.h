#pragma once
// All limits by name: one list for files, for ceilings and for a run's saved state.

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/engine/config.h"

namespace tradingd::engine {

/// Open orders of one run where neither its user nor an admin has said anything else.
inline constexpr std::int32_t kOpenOrdersDefault = 10'000;

/// Calls `visit(name, member)` for each limit of `limits`, a Limits or a const one.
template <typename LimitsType, typename Visit>
void for_each_limit(LimitsType& limits, Visit visit) {
  visit("max_position_quantity", limits.max_position_quantity);
  visit("max_position_value", limits.max_position_value);
  visit("max_position_share", limits.max_position_share);
  visit("min_order_notional", limits.min_order_notional);
  visit("max_order_notional", limits.max_order_notional);
  visit("max_gross_exposure", limits.max_gross_exposure);
  visit("price_collar", limits.price_collar);
  visit("max_price_age_s", limits.max_price_age_s);
  visit("max_daily_orders", limits.max_daily_orders);
  visit("max_orders_per_minute", limits.max_orders_per_minute);
  visit("max_daily_loss", limits.max_daily_loss);
  visit("max_drawdown", limits.max_drawdown);
  visit("max_open_orders", limits.max_open_orders);
  visit("forbidden_symbols", limits.forbidden_symbols);
  visit("allowed_symbols", limits.allowed_symbols);
}

/// "max_drawdown=0.1 forbidden_symbols=GME forbidden_symbols=AMC": those that limit, in the order above, which is
/// the same for the same limits. Symbols have no blanks.
[[nodiscard]] std::string to_text(const Limits& limits);
/// Reads it back, in any order, within the ranges that a strategy file's limits have. The error names what it
/// doesn't know, with the nearest name, or what it can't read.
[[nodiscard]] Result<Limits> limits_from_text(std::string_view text);

}  // namespace tradingd::engine
