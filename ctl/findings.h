#pragma once
// What `tradectl doctor` found, for people: a line a check, and below it what to do, whole however narrow the terminal.

#include <nlohmann/json.hpp>
#include <string>

#include "ctl/terminal.h"

namespace tradingd::ctl {

/// Rows of the daemon's list with the columns check, verdict, finding and remedy.
[[nodiscard]] std::string render_findings(const nlohmann::json& columns, const nlohmann::json& rows,
                                          const Terminal& terminal);

}  // namespace tradingd::ctl
