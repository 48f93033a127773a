#pragma once
// Help texts, made from the command table.

#include <string>
#include <string_view>

#include "ctl/commands.h"

namespace tradingd::ctl {

/// Of the whole tool.
[[nodiscard]] std::string general_help();
/// Of the commands of one noun.
[[nodiscard]] std::string noun_help(std::string_view noun);
/// Of one command.
[[nodiscard]] std::string command_help(const protocol::CommandSpec& command);
/// "tradectl order place SIDE QUANTITY SYMBOL [options]".
[[nodiscard]] std::string usage_line(const protocol::CommandSpec& command);

/// "order place", or the noun alone.
[[nodiscard]] std::string command_name(const protocol::CommandSpec& command);
/// How the tool spells a wire key: "client_order_id" as "client-order-id".
[[nodiscard]] std::string option_name(std::string_view wire_key);

}  // namespace tradingd::ctl
