#pragma once
// The keys of a plan's schedule. Internal to the folder.

#include <string>

#include "daemon/config/reader.h"
#include "daemon/engine/config.h"

namespace tradingd::config {

/// Reads every, start, day, weekday, nth, trading_day, roll and at.
[[nodiscard]] engine::Schedule read_schedule(TableReader& plan);
/// Refuses all of them but `every`, which the plan lacks.
void forbid_schedule(TableReader& plan);

/// Puts the schedule's keys into a plan's canonical form.
void put_schedule(nlohmann::json& plan, const engine::Schedule& schedule);

}  // namespace tradingd::config
