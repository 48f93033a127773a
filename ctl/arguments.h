#pragma once
// The command line, built from the command table.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/protocol/commands.h"

namespace tradingd::ctl {

/// What to call, and how to show the answer.
struct Invocation {
  const protocol::CommandSpec* command = nullptr;
  // Checked; of rows and of `limit` of a list there are none, and `run`, `order_id` and `oco` may be names.
  nlohmann::json arguments = nlohmann::json::object();
  std::optional<std::string> socket;
  bool json = false;
  bool csv = false;
  bool wide = false;                  // lists: every column
  std::string color = "auto";         // auto, always or never
  std::optional<std::int64_t> limit;  // lists: rows in all
  std::string sort;                   // lists: a column, '-' before it for the largest first; empty: as they come
  std::vector<nlohmann::json> runs;   // equity, watch: of which runs, by number or name; empty: the user's RUNNING one
  std::vector<std::string> topics;    // watch: of what
  nlohmann::json options = nlohmann::json::object();  // what the tool keeps for itself (own_options), checked
};

/// The end of the program before any call: help, or a usage error.
struct Ending {
  int exit_status = 0;
  std::string output;   // for standard output
  std::string message;  // for standard error
};

/// Reads the command line. Files that it names are read, too.
[[nodiscard]] std::variant<Invocation, Ending> parse_arguments(int argc, const char* const* argv);

}  // namespace tradingd::ctl
