#pragma once
// A running run in memory. Everything in it can be read back from the ledger.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/base/digest.h"
#include "daemon/base/result.h"
#include "daemon/engine/config.h"
#include "daemon/engine/effects.h"

namespace tradingd::engine {

/// How far a schedule has come.
struct ScheduleState {
  std::optional<Date> anchor;  // absent before the run's first session
  std::int64_t first_k = 0;    // the run's first installment
  std::int64_t next_k = 0;
  std::optional<Date> next_due;  // `next_k` is not due before; absent before the first session and past the plan's end
  std::optional<Date> held_since;  // the first open session in which `next_k` was due but the run mustn't trade

  friend bool operator==(const ScheduleState&, const ScheduleState&) = default;
};

/// What the limits by number and by loss count; kept only as far as the run has such limits.
struct RiskState {
  std::optional<Date> day;  // the session that the next two are of
  std::int64_t day_orders = 0;
  Money day_equity;  // before it
  Money equity;      // at the last mark; this, the one before and the next move with what is paid in or out
  Money high_water;
  std::optional<Time> minute;
  std::int64_t minute_orders = 0;

  friend bool operator==(const RiskState&, const RiskState&) = default;
};

/// The states that the run's own one is made of.
struct TradingStates {
  TradingState run = TradingState::active;
  TradingState user = TradingState::active;
  TradingState daemon = TradingState::active;

  [[nodiscard]] TradingState strictest() const { return std::max({run, user, daemon}); }
  [[nodiscard]] TradingState& of(Scope scope) {
    return scope == Scope::run ? run : scope == Scope::user ? user : daemon;
  }
  friend bool operator==(const TradingStates&, const TradingStates&) = default;
};

/// The user's limits, shared by copies of the state; nullptr: none. Equal where what they say is.
struct Ceiling {
  std::shared_ptr<const Limits> limits;

  friend bool operator==(const Ceiling& a, const Ceiling& b) {
    return a.limits == b.limits || (a.limits && b.limits && *a.limits == *b.limits);
  }
};

struct StrategyState {
  ScheduleState sip;
  Money sip_residue;  // carried to the next installment
  ScheduleState rebalance;
  std::optional<Date> rebalanced_on;  // the last one's session; kept where the plan has a cooldown
  RiskState risk;
  bool rebalance_buys_due = false;  // a rebalance's buys wait for its sells' cash
  TradingStates states;
  Ceiling ceiling;

  friend bool operator==(const StrategyState&, const StrategyState&) = default;
};

/// What a client order id was first used for.
struct ClientOrder {
  OrderId order;
  Digest fields;  // of the PlaceOrder's fields
};

struct RunState {
  RunKey key;
  std::shared_ptr<const RunConfig> config;

  bool running = true;
  std::int64_t version = 0;  // inputs applied; the ledger's compare-and-swap
  Time last_time = kTimeMin;
  Time last_mark_time = kTimeMin;
  Time feed_time = kTimeMin;  // of the last tick taken, as the feed has it; ticks up to here have been processed
  TradingState trading_state = TradingState::active;  // the strictest of strategy.states

  Money cash;
  Money reserved;                   // = Σ open_orders.reserved
  std::vector<Position> positions;  // by instrument; a flat one stays, for its realised P&L
  std::vector<Order> open_orders;   // by id
  StrategyState strategy;
  std::map<std::string, ClientOrder, std::less<>> client_orders;

  std::int64_t next_order = 1;
  std::int64_t next_trade = 1;
  std::int64_t next_cash_seq = 1;
  std::int64_t next_event_seq = 1;

  Digest digest{};  // rolling, over the canonical bytes of all effects

  /// The rebalance targets' instruments, in the plan's order; looked up when first needed and not part
  /// of the ledger. Absent: the feed doesn't have the symbol yet.
  std::vector<std::optional<InstrumentId>> targets;

  /// cash − reserved.
  [[nodiscard]] Money available() const { return cash - reserved; }
};

/// Digest of what a client order id was used for: of all that was asked, what the engine decides itself aside (a
/// trailing stop's stop price, the quantity of an order for an amount), so that it can be read off the order's row too.
[[nodiscard]] Digest digest_of_fields(const PlaceOrder& order);

/// The strategy's memory as names and values for the ledger, and back.
[[nodiscard]] Fields save(const StrategyState& strategy);
/// The run's own trading state is `trading_state`, its strictest, where nothing else is saved.
[[nodiscard]] Result<StrategyState> load_strategy(const Fields& fields,
                                                  TradingState trading_state = TradingState::active);

/// Digest of what decides the run's future (cash, positions, open orders, strategy, counters) and of the
/// rolling digest; client order ids apart, which the order rows hold:
/// stored beside the state, so that a state which was not restored as it was is noticed.
[[nodiscard]] Digest digest_of_state(const RunState& state);

}  // namespace tradingd::engine
