#pragma once
// `tradectl report`: a run's figures from what the daemon has recorded of it, for people, programs and pages.

#include <optional>

#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/terminal.h"

namespace tradingd::ctl {

/// `arguments` has what to send (`user`, and `run` as a number or not at all), `options` the files to write (`html`,
/// `svg`, `png`). Without files, the figures go to `output`.
[[nodiscard]] std::optional<CallFailure> report(Client& client, const nlohmann::json& arguments,
                                                const nlohmann::json& options, Format format, const Terminal& terminal,
                                                Sink& output);

}  // namespace tradingd::ctl
