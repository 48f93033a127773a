#pragma once
// Reads runs back from the ledger as the engine had them, with a handful of queries however many they are.

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "daemon/base/result.h"
#include "daemon/engine/ledger.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

/// Turns strategy_run.config back into what the engine takes.
using ConfigReader = std::function<Result<std::shared_ptr<const engine::RunConfig>>(const std::string& config_json)>;

/// All RUNNING runs of these shards, with the request ids of all commands of their users. A run that can't be read
/// (`keep`: the version that wrote it may read it), or whose state has another digest than the one stored beside it,
/// is among the unloadable, with the reason. Throws DatabaseError.
[[nodiscard]] engine::LoadedRuns load_runs_of_shards(Connection& connection, std::span<const int> shards,
                                                     const ConfigReader& read_config);
/// The one run; nothing if it isn't RUNNING.
[[nodiscard]] engine::LoadedRuns load_one_run(Connection& connection, RunKey run, const ConfigReader& read_config);

}  // namespace tradingd::store
