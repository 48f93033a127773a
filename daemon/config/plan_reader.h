#pragma once
// The tables [sip] and [rebalance] of a strategy file. Internal to the folder.

#include "daemon/config/reader.h"
#include "daemon/engine/config.h"

namespace tradingd::config {

/// Symbols are held to the run's limits.
[[nodiscard]] engine::SipPlan read_sip(TableReader& sip, const engine::Limits& limits);
[[nodiscard]] engine::RebalancePlan read_rebalance(TableReader& rebalance, const engine::Limits& limits);

/// Their canonical forms.
[[nodiscard]] nlohmann::json sip_json(const engine::SipPlan& plan);
[[nodiscard]] nlohmann::json rebalance_json(const engine::RebalancePlan& plan);

}  // namespace tradingd::config
