#pragma once
// Why the engine said no. One enum in order of precedence: where several rules are broken, the first
// one here is named. The table in reason.cpp is the single source of the codes and texts; the
// documentation's list is generated from it.

#include <cstdint>
#include <optional>
#include <string_view>

namespace tradingd::engine {

enum class Reason : std::uint8_t {
  none,
  run_not_running,
  trading_halted,
  trading_state_reducing,
  rate_limit_exceeded,
  duplicate_client_order_id,
  unknown_symbol,
  forbidden_symbol,
  symbol_not_allowed,
  unsupported_order,
  invalid_quantity,
  invalid_price,
  quantity_below_minimum,
  quantity_above_maximum,
  notional_below_minimum,
  notional_above_maximum,
  price_outside_collar,
  no_price,
  stale_price,
  expire_time_in_past,
  market_closed,
  too_late_for_close,
  insufficient_cash,
  insufficient_position,
  short_not_allowed,
  max_position_exceeded,
  max_gross_exposure_exceeded,
  max_open_orders_exceeded,
  max_daily_orders_exceeded,
  // Not about one order:
  daily_loss_limit,
  max_drawdown,
  margin_call,
  // Not about the placing of an order:
  order_not_found,
  order_not_open,
  canceled_by_user,
  run_stopped,
  day_ended,
  expire_time_reached,
  auction_over,
  not_filled_at_once,
  oco_order_filled,
  replaced_by_order,
  corporate_action,
  below_minimum_order,
  within_bands,
  cooling_down,
  missed_installment,
  not_a_session,
  value_reached,
  invalid_amount,
};

struct ReasonInfo {
  Reason reason;
  std::string_view code;  // "INSUFFICIENT_CASH"; as stored in the ledger and sent on the wire
  std::string_view text;  // a sentence for people
};

[[nodiscard]] const ReasonInfo& info(Reason reason);
[[nodiscard]] std::string_view code(Reason reason);
/// nullopt for a code that is none of ours.
[[nodiscard]] std::optional<Reason> reason_from_code(std::string_view code);

}  // namespace tradingd::engine
