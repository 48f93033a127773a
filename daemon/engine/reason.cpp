#include "daemon/engine/reason.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "daemon/base/assert.h"
#include "daemon/engine/canonical.h"

namespace tradingd::engine {

namespace {

// In the order of the enum, which is the order of precedence.
constexpr std::array kReasons{
    ReasonInfo{Reason::none, "NONE", "Nothing stands against it."},
    ReasonInfo{Reason::run_not_running, "RUN_NOT_RUNNING", "The run is not running."},
    ReasonInfo{Reason::trading_halted, "TRADING_HALTED", "Trading is halted: only cancellations are accepted."},
    ReasonInfo{Reason::trading_state_reducing, "TRADING_STATE_REDUCING",
               "Only orders that reduce a position are accepted at the moment."},
    ReasonInfo{Reason::rate_limit_exceeded, "RATE_LIMIT_EXCEEDED",
               "More orders were placed within the minute than the run's limits allow."},
    ReasonInfo{Reason::duplicate_client_order_id, "DUPLICATE_CLIENT_ORDER_ID",
               "The client order id was used before, for an order with other fields."},
    ReasonInfo{Reason::unknown_symbol, "UNKNOWN_SYMBOL", "The feed doesn't have this symbol."},
    ReasonInfo{Reason::forbidden_symbol, "FORBIDDEN_SYMBOL", "The run's limits forbid this symbol."},
    ReasonInfo{Reason::symbol_not_allowed, "SYMBOL_NOT_ALLOWED",
               "The symbol is not among those that the run's limits allow."},
    ReasonInfo{Reason::unsupported_order, "UNSUPPORTED_ORDER",
               "Orders of this type or time in force are not accepted."},
    ReasonInfo{Reason::invalid_quantity, "INVALID_QUANTITY",
               "The quantity must be positive and a multiple of the quantity step."},
    ReasonInfo{
        Reason::invalid_price, "INVALID_PRICE",
        "An order has the prices that its type needs and no others, each positive and on the instrument's tick."},
    ReasonInfo{Reason::quantity_below_minimum, "QUANTITY_BELOW_MINIMUM", "The quantity is below the minimum."},
    ReasonInfo{Reason::quantity_above_maximum, "QUANTITY_ABOVE_MAXIMUM", "The quantity is above the maximum."},
    ReasonInfo{Reason::notional_below_minimum, "NOTIONAL_BELOW_MINIMUM",
               "The order is worth less than the smallest amount allowed."},
    ReasonInfo{Reason::notional_above_maximum, "NOTIONAL_ABOVE_MAXIMUM",
               "The order is worth more than the run's limits allow."},
    ReasonInfo{Reason::price_outside_collar, "PRICE_OUTSIDE_COLLAR",
               "The price is further from the last one than the run's limits allow."},
    ReasonInfo{Reason::no_price, "NO_PRICE", "The instrument has no price yet."},
    ReasonInfo{Reason::stale_price, "STALE_PRICE", "The last price is older than the run's limits allow."},
    ReasonInfo{Reason::expire_time_in_past, "EXPIRE_TIME_IN_PAST", "The order would expire before it could trade."},
    ReasonInfo{Reason::market_closed, "MARKET_CLOSED",
               "The market is closed, and the order is to fill at once or not at all."},
    ReasonInfo{Reason::too_late_for_close, "TOO_LATE_FOR_CLOSE", "The session has reached its close."},
    ReasonInfo{Reason::insufficient_cash, "INSUFFICIENT_CASH",
               "The cash that is not reserved by open orders doesn't cover it."},
    ReasonInfo{Reason::insufficient_position, "INSUFFICIENT_POSITION",
               "The holding that is not promised to open orders doesn't cover the sale."},
    ReasonInfo{Reason::short_not_allowed, "SHORT_NOT_ALLOWED", "The instrument can't be sold short."},
    ReasonInfo{Reason::max_position_exceeded, "MAX_POSITION_EXCEEDED",
               "The resulting position would be larger than allowed."},
    ReasonInfo{Reason::max_gross_exposure_exceeded, "MAX_GROSS_EXPOSURE_EXCEEDED",
               "Holdings and open buys together would be worth more than the run's limits allow."},
    ReasonInfo{Reason::max_open_orders_exceeded, "MAX_OPEN_ORDERS_EXCEEDED",
               "The run has as many open orders as its limits allow."},
    ReasonInfo{Reason::max_daily_orders_exceeded, "MAX_DAILY_ORDERS_EXCEEDED",
               "The run has had as many orders in this session as its limits allow."},
    ReasonInfo{Reason::daily_loss_limit, "DAILY_LOSS_LIMIT", "The day has lost more than the run's limits allow."},
    ReasonInfo{Reason::max_drawdown, "MAX_DRAWDOWN",
               "Equity has fallen further below its highest than the run's limits allow."},
    ReasonInfo{Reason::margin_call, "MARGIN_CALL",
               "The cash fell below the maintenance margin of the short positions, and they are bought back."},
    ReasonInfo{Reason::order_not_found, "ORDER_NOT_FOUND", "The run has no such order."},
    ReasonInfo{Reason::order_not_open, "ORDER_NOT_OPEN", "The order is not open any more."},
    ReasonInfo{Reason::canceled_by_user, "CANCELED_BY_USER", "The user canceled it."},
    ReasonInfo{Reason::run_stopped, "RUN_STOPPED", "The run was stopped."},
    ReasonInfo{Reason::day_ended, "DAY_ENDED", "The session that the order was for has ended."},
    ReasonInfo{Reason::expire_time_reached, "EXPIRE_TIME_REACHED",
               "The time up to which the order was good has passed."},
    ReasonInfo{Reason::auction_over, "AUCTION_OVER", "The auction that the order was for went past its limit."},
    ReasonInfo{Reason::not_filled_at_once, "NOT_FILLED_AT_ONCE", "It was to fill at once or not at all."},
    ReasonInfo{Reason::oco_order_filled, "OCO_ORDER_FILLED", "Another order of its group has traded."},
    ReasonInfo{Reason::replaced_by_order, "REPLACED_BY_ORDER", "Another order stands in for it."},
    ReasonInfo{Reason::corporate_action, "CORPORATE_ACTION", "A split has left nothing of it."},
    ReasonInfo{Reason::below_minimum_order, "BELOW_MINIMUM_ORDER", "The order was too small to be worth placing."},
    ReasonInfo{Reason::within_bands, "WITHIN_BANDS",
               "The weights are as near to their targets as orders can bring them."},
    ReasonInfo{Reason::cooling_down, "COOLING_DOWN", "The last one was too short a time ago."},
    ReasonInfo{Reason::missed_installment, "MISSED_INSTALLMENT",
               "Its time had passed before the run could trade again."},
    ReasonInfo{Reason::not_a_session, "NOT_A_SESSION", "Its date was no session, and the plan skips such dates."},
    ReasonInfo{Reason::value_reached, "VALUE_REACHED", "The holdings are worth as much as the plan wants them to be."},
    ReasonInfo{Reason::invalid_amount, "INVALID_AMOUNT", "The amount must be positive and within the range of money."},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (static_cast<std::size_t>(kReasons[i].reason) != i) {
      return false;
    }
  }
  return true;
}
static_assert(in_order(), "the table follows the enum");
static_assert(kReasons.size() == static_cast<std::size_t>(Reason::invalid_amount) + 1, "every reason is in the table");

// In the order in which they came: a digest has a reason's place here, so that those of earlier releases stay what they
// were. A new one goes to the end.
constexpr std::array kAsTheyCame{
    Reason::none,
    Reason::run_not_running,
    Reason::trading_halted,
    Reason::trading_state_reducing,
    Reason::rate_limit_exceeded,
    Reason::duplicate_client_order_id,
    Reason::unknown_symbol,
    Reason::forbidden_symbol,
    Reason::symbol_not_allowed,
    Reason::unsupported_order,
    Reason::invalid_quantity,
    Reason::invalid_price,
    Reason::quantity_below_minimum,
    Reason::quantity_above_maximum,
    Reason::notional_below_minimum,
    Reason::notional_above_maximum,
    Reason::price_outside_collar,
    Reason::no_price,
    Reason::stale_price,
    Reason::expire_time_in_past,
    Reason::market_closed,
    Reason::too_late_for_close,
    Reason::insufficient_cash,
    Reason::insufficient_position,
    Reason::max_position_exceeded,
    Reason::max_gross_exposure_exceeded,
    Reason::max_open_orders_exceeded,
    Reason::max_daily_orders_exceeded,
    Reason::daily_loss_limit,
    Reason::max_drawdown,
    Reason::order_not_found,
    Reason::order_not_open,
    Reason::canceled_by_user,
    Reason::run_stopped,
    Reason::day_ended,
    Reason::expire_time_reached,
    Reason::auction_over,
    Reason::not_filled_at_once,
    Reason::oco_order_filled,
    Reason::replaced_by_order,
    Reason::below_minimum_order,
    Reason::within_bands,
    Reason::cooling_down,
    Reason::missed_installment,
    Reason::invalid_amount,
    // after 0.1.0:
    Reason::short_not_allowed,
    Reason::margin_call,
    Reason::corporate_action,
    Reason::not_a_session,
    Reason::value_reached,
};

constexpr std::array<std::uint8_t, kReasons.size()> digest_numbers() {
  std::array<std::uint8_t, kReasons.size()> numbers{};
  for (std::size_t i = 0; i < kAsTheyCame.size(); ++i) {
    numbers.at(static_cast<std::size_t>(kAsTheyCame[i])) = static_cast<std::uint8_t>(i);
  }
  return numbers;
}
constexpr std::array<std::uint8_t, kReasons.size()> kDigestNumbers = digest_numbers();

constexpr bool every_number_once() {
  for (std::size_t i = 0; i < kAsTheyCame.size(); ++i) {
    if (kDigestNumbers.at(static_cast<std::size_t>(kAsTheyCame[i])) != i) {
      return false;
    }
  }
  return kAsTheyCame.size() == kReasons.size();
}
static_assert(every_number_once(), "every reason has a number of its own: add the new one at the end of kAsTheyCame");

}  // namespace

const ReasonInfo& info(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  TD_ASSERT(index < kReasons.size());
  return kReasons[index];
}

std::string_view code(Reason reason) { return info(reason).code; }

std::uint8_t digest_number(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  TD_ASSERT(index < kDigestNumbers.size());
  return kDigestNumbers[index];
}

std::optional<Reason> reason_from_code(std::string_view code) {
  const auto* found =
      std::find_if(kReasons.begin(), kReasons.end(), [&](const ReasonInfo& row) { return row.code == code; });
  return found == kReasons.end() ? std::nullopt : std::optional(found->reason);
}

}  // namespace tradingd::engine
