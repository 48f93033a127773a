#pragma once
// Following runs: their new rows as they are committed.

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "ctl/client.h"
#include "ctl/output.h"

namespace tradingd::ctl {

/// Subscribes with each of `wanted`, the arguments of `watch` (ctl/watched.h), and writes the rows: a table for people,
/// CSV, or a JSON object a line with its run_id and topic. A lost connection is taken up again where it broke off, so
/// that no row is missing and none comes twice. Ends when all the runs have, or when nobody reads the output any more
/// (nullopt), or with a failure.
[[nodiscard]] std::optional<CallFailure> watch(Client& client, const std::vector<nlohmann::json>& wanted, Format format,
                                               const Terminal& terminal, Sink& output);

}  // namespace tradingd::ctl
