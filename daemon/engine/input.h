#pragma once
// What can happen to a run, in the imperative. Each input has its own logical time.

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "daemon/engine/market.h"
#include "daemon/engine/order.h"

namespace tradingd::engine {

/// Per run, per user and for the daemon. REDUCING admits only orders that reduce exposure, HALTED only
/// cancellations.
enum class TradingState : std::uint8_t { active, reducing, halted };
[[nodiscard]] std::string_view to_text(TradingState state);
[[nodiscard]] std::optional<TradingState> trading_state_from_text(std::string_view text);

/// Whose trading state or limits: the strictest of the three counts.
enum class Scope : std::uint8_t { run, user, daemon };
[[nodiscard]] std::string_view to_text(Scope scope);
[[nodiscard]] std::optional<Scope> scope_from_text(std::string_view text);

struct Limits;

/// The run's first input: pays in the initial cash.
struct Start {
  Money initial_cash;
};

/// A tick of the feed. The market view has been moved to it. Executing and marking can be driven apart.
struct RunTick {
  const Tick* tick = nullptr;
  bool execute = true;
  bool mark = true;
};

struct PlaceOrder {
  std::string client_order_id;
  std::string symbol;
  Side side = Side::buy;
  OrderType type = OrderType::market;
  TimeInForce tif = TimeInForce::day;
  Quantity quantity;  // zero with `notional`
  std::optional<Price> limit_price;
  std::optional<Price> stop_price;  // not of a trailing stop, which begins at its distance from the last price
  std::optional<Price> trail_amount;
  std::optional<Ratio> trail_percent;  // 5 is five percent
  std::optional<Time> expires_at;
  std::optional<Money> notional;  // of a market order: what it is to be worth at the price known now, fee apart
  std::optional<Price> take_profit;
  std::optional<Price> stop_loss;
  OrderId oco;  // an open order; when one of its group trades, the others are canceled
};

/// By the engine's id or by the client's.
struct CancelOrder {
  std::optional<OrderId> order;
  std::string client_order_id;
};

/// Takes an open order out and places another in its stead, with what is given here changed. Where the new
/// order doesn't pass the checks, the old one stays.
struct ReplaceOrder {
  CancelOrder which;
  std::string client_order_id;       // of the new order
  std::optional<Quantity> quantity;  // without it: what is open of the old one
  std::optional<Price> limit_price;
  std::optional<Price> stop_price;
  std::optional<Price> trail_amount;
  std::optional<Ratio> trail_percent;
};

struct Deposit {
  Money amount;
  std::string note;
};

struct Withdraw {
  Money amount;
  std::string note;
};

struct SetTradingState {
  TradingState state = TradingState::active;
  std::string cause;
  Scope scope = Scope::run;
};

/// What the user's limits are from here on; a run's own limits count below them. nullptr: none.
struct SetCeiling {
  std::shared_ptr<const Limits> limits;
  std::string cause;
};

/// Cancels the open orders and ends the run.
struct Stop {
  std::string cause;
};

using InputBody = std::variant<Start, RunTick, PlaceOrder, CancelOrder, ReplaceOrder, Deposit, Withdraw,
                               SetTradingState, Stop, SetCeiling>;

struct Input {
  Time time;                       // logical; strictly increasing per run
  const Market* market = nullptr;  // as of the feed's last tick, or of this one
  InputBody body;
};

}  // namespace tradingd::engine
