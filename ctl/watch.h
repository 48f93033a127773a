#pragma once
// Following a run: its new rows as they are committed.

#include <nlohmann/json.hpp>
#include <optional>

#include "ctl/client.h"
#include "ctl/output.h"

namespace tradingd::ctl {

/// Subscribes with the arguments of `watch`, and writes the rows: a table for people, CSV, or a JSON object a line.
/// A lost connection is taken up again where it broke off, so that no row is missing and none comes twice. Ends
/// when the run does, or when nobody reads the output any more (nullopt), or with a failure.
[[nodiscard]] std::optional<CallFailure> watch(Client& client, nlohmann::json arguments, Format format,
                                               const Terminal& terminal, Sink& output);

}  // namespace tradingd::ctl
