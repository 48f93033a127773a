#pragma once
// What `tradectl watch` is to follow.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "ctl/client.h"

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

}  // namespace tradingd::ctl
