#pragma once
// Every command of the tool: those of the protocol, and those that the tool carries out itself.

#include <span>
#include <string_view>
#include <vector>

#include "daemon/protocol/commands.h"

namespace tradingd::ctl {

/// All, grouped by noun. A command of the tool's own has no method that the daemon knows.
[[nodiscard]] const std::vector<const protocol::CommandSpec*>& commands();
[[nodiscard]] bool is_own(const protocol::CommandSpec& command);

/// Options that the tool keeps for itself; they are not sent.
[[nodiscard]] std::span<const protocol::ArgumentSpec> own_options(std::string_view method);

/// Whether the tool calls it by its noun alone: "tradectl equity", "tradectl status".
[[nodiscard]] bool has_no_verb(const protocol::CommandSpec& command);

}  // namespace tradingd::ctl
