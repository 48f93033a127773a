#pragma once
// What steps did, in the past tense: the rows that the ledger gets, in the order in which they came.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/engine/input.h"
#include "daemon/engine/order.h"

namespace tradingd::engine {

/// Ordered names and values; stored as a JSON object of strings.
using Fields = std::vector<std::pair<std::string, std::string>>;

enum class CashKind : std::uint8_t { initial, deposit, withdrawal, trade, fee, dividend, cash_in_lieu };
[[nodiscard]] std::string_view to_text(CashKind kind);

/// A change of cash; row of `cash_ledger`.
struct CashMoved {
  std::int64_t seq = 0;
  Time time;
  CashKind kind = CashKind::trade;
  Money amount;   // signed
  Money balance;  // after it
  TradeId trade;  // 0: none
  std::string note;
};

/// The positions at their last prices; row of `mtm_ledger`.
struct Marked {
  Time time;
  Money market_value;
  Money unrealized_pnl;
};

/// Row of `paper_equity_curve`; equity = cash + mtm.
struct EquityPoint {
  Time time;
  Money cash;
  Money mtm;
  Money equity;
};

enum class EventType : std::uint8_t {
  run_started,
  run_stopped,
  sip_executed,
  sip_skipped,
  rebalanced,
  rebalance_skipped,
  trading_state_changed,
  corporate_action,
  margin_call,
  limits_changed,
};
/// "SIP_EXECUTED" …
[[nodiscard]] std::string_view to_text(EventType type);

/// Row of `event_ledger`; unique by (run, type, time, key).
struct Event {
  std::int64_t seq = 0;
  Time time;
  EventType type = EventType::run_started;
  std::string key;
  Fields payload;
};

/// Collected over one or more steps of one run. `orders` and `positions` hold the whole row after
/// each change, so the last one of an id is how it stands.
struct Effects {
  std::vector<Order> orders;
  std::vector<Trade> trades;
  std::vector<Position> positions;
  std::vector<CashMoved> cash;
  std::vector<Marked> marks;
  std::vector<EquityPoint> equity;
  std::vector<Event> events;

  /// Empties it and keeps its memory.
  void clear();
};

/// Where each vector of an Effects stood before a step, so that the step's part can be told apart.
struct EffectsPosition {
  std::size_t orders = 0;
  std::size_t trades = 0;
  std::size_t positions = 0;
  std::size_t cash = 0;
  std::size_t marks = 0;
  std::size_t equity = 0;
  std::size_t events = 0;
};
[[nodiscard]] EffectsPosition position_of(const Effects& effects);

/// Appends the canonical bytes of all effects since `from`: what a run's rolling digest is made of.
void append_canonical(std::string& bytes, const Effects& effects, const EffectsPosition& from);

}  // namespace tradingd::engine
