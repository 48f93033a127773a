#pragma once
// Standing orders in the ledger: trading_control and the users' limits. See sql/migrations/0008_control.sql.

#include <functional>
#include <string>
#include <string_view>

#include "daemon/engine/ledger.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

// All of these throw DatabaseError.

/// The last ones of each kind that came after revision `after`, in the order of their revisions; 0: all. A user's
/// limits that can't be read halt him, which is told as the cause.
[[nodiscard]] engine::StandingOrders load_standing_orders(Connection& connection, std::int64_t after);

/// Sets a trading state for `user` (0: everybody) and `run` (0: whichever). Within the caller's transaction; waits for
/// batches that are under way, and once it has committed none writes an order against it. Gives the revision.
[[nodiscard]] std::int64_t set_trading_control(Connection& connection, UserId user, RunId run,
                                               engine::TradingState state, std::string_view reason, std::int64_t uid);
/// Lifts what was set for single runs of the user (see `tradectl halt --direct`); how many.
[[nodiscard]] std::int64_t lift_run_controls(Connection& connection, UserId user, std::string_view reason,
                                             std::int64_t uid);

/// Replaces the user's limits by what `change` makes of them; an error of its is given back, and nothing is changed.
/// Within the caller's transaction. Gives the new ones, nullopt: no such user.
[[nodiscard]] Result<std::optional<engine::Limits>> change_limits(
    Connection& connection, UserId user, const std::function<Result<engine::Limits>(const engine::Limits&)>& change);

/// What app_user.limits holds: an object of texts, lists for symbols; and back.
[[nodiscard]] std::string limits_to_json(const engine::Limits& limits);
[[nodiscard]] Result<engine::Limits> limits_from_json(std::string_view json);

}  // namespace tradingd::store
