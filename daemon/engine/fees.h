#pragma once
// What a trade costs, part by part. The rates are data of the run's configuration.

#include <string>
#include <vector>

#include "daemon/engine/config.h"
#include "daemon/engine/order.h"

namespace tradingd::engine {

/// The fee of a trade in a session of that date: the sum of its parts. Grows with notional and quantity.
[[nodiscard]] Money fee_of(const FeeModel& fee, Date date, Side side, Money notional, Quantity quantity);

/// The same, part by part; parts of nothing are left out. Each is rounded half-even once, so that they add up.
[[nodiscard]] std::vector<FeePart> fee_parts(const FeeModel& fee, Date date, Side side, Money notional,
                                             Quantity quantity);

// Schedules of one part, "commission", for all times.
[[nodiscard]] FeeModel fixed_fee(Money amount);
[[nodiscard]] FeeModel rate_fee(Ratio rate, Money minimum);
[[nodiscard]] FeeModel per_share_fee(Price per_share, Money minimum);
[[nodiscard]] FeeModel tiered_fee(std::vector<FeeTier> tiers, Money minimum);

}  // namespace tradingd::engine
