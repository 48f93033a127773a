#pragma once
// Checks a call's arguments against the command table; the tool does it before it sends, the daemon
// before it acts.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "daemon/protocol/commands.h"

namespace tradingd::protocol {

/// Largest `limit` of a list.
inline constexpr std::int64_t kListLimitMax = 10'000;
/// Longest argument of type string, in bytes.
inline constexpr std::size_t kStringBytesMax = 1024;

/// Checks `arguments`, an object, and returns every error at once, a sentence each; none if all is well.
///
/// On success the arguments have one form each: nil ones are gone, and decimals are strings even where
/// they came as integers. On failure they may be half-way there.
[[nodiscard]] std::vector<std::string> check_arguments(const CommandSpec& command, nlohmann::json& arguments);

/// The sentences as one.
[[nodiscard]] std::string join_errors(const std::vector<std::string>& errors);

}  // namespace tradingd::protocol
