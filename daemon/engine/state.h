#pragma once
// A running run in memory. Everything in it can be read back from the ledger.

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
  std::optional<Date> anchor;
  std::int64_t next_k = 0;

  friend bool operator==(const ScheduleState&, const ScheduleState&) = default;
};

struct StrategyState {
  ScheduleState sip;
  Money sip_residue;  // carried to the next installment
  ScheduleState rebalance;

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
  TradingState trading_state = TradingState::active;

  Money cash;
  Money reserved;  // = Σ open_orders.reserved
  std::vector<Position> positions;  // by instrument; a flat one stays, for its realised P&L
  std::vector<Order> open_orders;   // by id
  StrategyState strategy;
  std::map<std::string, ClientOrder, std::less<>> client_orders;

  std::int64_t next_order = 1;
  std::int64_t next_trade = 1;
  std::int64_t next_cash_seq = 1;
  std::int64_t next_event_seq = 1;

  Digest digest{};  // rolling, over the canonical bytes of all effects

  /// cash − reserved.
  [[nodiscard]] Money available() const { return cash - reserved; }
};

/// The strategy's memory as names and values for the ledger, and back.
[[nodiscard]] Fields save(const StrategyState& strategy);
[[nodiscard]] Result<StrategyState> load_strategy(const Fields& fields);

/// Digest of all that decides the run's future (cash, positions, open orders, strategy, counters):
/// stored beside the state, so that a state which was not restored as it was is noticed.
[[nodiscard]] Digest digest_of_state(const RunState& state);

}  // namespace tradingd::engine
