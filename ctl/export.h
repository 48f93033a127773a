#pragma once
// `tradectl run export`: a run's ledger as files.

#include <nlohmann/json.hpp>
#include <optional>

#include "ctl/client.h"

namespace tradingd::ctl {

/// Writes orders.csv, trades.csv, positions.csv, cash.csv, events.csv, equity.csv and run.journal into the folder
/// that `options` name (directory), page by page, so that a run's length doesn't matter. `arguments` name the run.
[[nodiscard]] std::optional<CallFailure> export_run(Client& client, const nlohmann::json& arguments,
                                                    const nlohmann::json& options);

}  // namespace tradingd::ctl
