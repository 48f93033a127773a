#pragma once
// Fees and slippage in strategy files. A fee schedule is data: a shipped one (daemon/config/fees/), or written out as
// `versions` in the strategy file itself. The canonical form of a run's configuration has the rates written out, so
// that a run keeps those it was started with.

#include "daemon/config/reader.h"
#include "daemon/engine/config.h"

namespace tradingd::config {

/// The table [fees].
[[nodiscard]] engine::FeeModel read_fees(TableReader& fees);
/// The table [slippage].
[[nodiscard]] engine::SlippageModel read_slippage(TableReader& slippage);

/// Their canonical forms, which are read back by the same rules.
[[nodiscard]] nlohmann::json to_json(const engine::FeeModel& fee);
[[nodiscard]] nlohmann::json to_json(const engine::SlippageModel& slippage);

/// The TOML text of a shipped schedule; empty for none of that name. Made by the build from daemon/config/fees/*.toml.
[[nodiscard]] std::string_view shipped_fees(std::string_view kind);
[[nodiscard]] std::vector<std::string_view> shipped_fee_kinds();

}  // namespace tradingd::config
