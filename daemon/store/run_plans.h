#pragma once
// What the ledger has of a run's plans: for showing its schedule.

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "daemon/engine/sessions.h"
#include "daemon/engine/state.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

struct RunPlans {
  RunKey key;
  std::string status;
  std::string config;  // JSON
  engine::StrategyState state;
  std::shared_ptr<const engine::SessionTable> sessions;  // as the feed knows them now; nullptr: every day may be one
  Time feed_time = kTimeMin;                             // of the feed's last tick; kTimeMin: none yet
  std::optional<Date> session_date;                      // of that tick
  std::int32_t utc_offset_s = 0;                         // at it
};

/// An installment's or a rebalance's event.
struct PlanEvent {
  std::string type;  // "SIP_EXECUTED"
  Time time;
  nlohmann::json payload;
};

// All of these throw DatabaseError, or UnreadableField for a ledger that this version can't have written.

/// The run of this number, or without one the user's RUNNING one; nullopt: there is none.
[[nodiscard]] std::optional<RunPlans> load_run_plans(Connection& connection, UserId user, std::optional<RunId> run);
/// In the order in which they came.
[[nodiscard]] std::vector<PlanEvent> load_plan_events(Connection& connection, RunKey key);
/// The strategy's memory from its JSON.
[[nodiscard]] engine::StrategyState read_strategy_state(
    const std::string& json, engine::TradingState trading_state = engine::TradingState::active);

}  // namespace tradingd::store
