#pragma once
// Following runs: their new rows as they are committed.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ctl/client.h"
#include "ctl/output.h"

namespace tradingd::ctl {

/// Topics of runs that are followed at once: as many as the daemon gives a connection.
inline constexpr std::size_t kWatchedMax = 64;

/// The arguments of each `watch` to send: every topic of every run. `runs` are numbers or names; without any it is the
/// caller's RUNNING one, or with the option `all` everybody's. `after` of `arguments` is a cursor, or where there are
/// several, "TOPIC=CURSOR" or "RUN/TOPIC=CURSOR" of each, commas between.
[[nodiscard]] std::variant<std::vector<nlohmann::json>, CallFailure> watched(Client& client,
                                                                             const nlohmann::json& arguments,
                                                                             const nlohmann::json& options,
                                                                             const std::vector<nlohmann::json>& runs,
                                                                             const std::vector<std::string>& topics);

/// Subscribes to each, and writes the rows: a table for people, CSV, or a JSON object a line with its run_id and topic.
/// A lost connection is taken up again where it broke off, so that no row is missing and none comes twice. Ends
/// when all the runs have, or when nobody reads the output any more (nullopt), or with a failure.
[[nodiscard]] std::optional<CallFailure> watch(Client& client, const std::vector<nlohmann::json>& wanted, Format format,
                                               const Terminal& terminal, Sink& output);

}  // namespace tradingd::ctl
