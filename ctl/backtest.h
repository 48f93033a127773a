#pragma once
// `tradectl backtest`: a strategy on a feed file, without a daemon and without a database.

#include <nlohmann/json.hpp>

#include "ctl/output.h"

namespace tradingd::ctl {

/// Runs it, or every combination of a sweep on all cores, and shows what came out. `arguments` are the command's,
/// `options` the report's files (`html`, `svg`, `png`). Returns the exit status.
[[nodiscard]] int backtest(const nlohmann::json& arguments, const nlohmann::json& options, Format format,
                           const std::string& sort, const Terminal& terminal, Sink& output);

}  // namespace tradingd::ctl
