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
  nlohmann::json arguments = nlohmann::json::object();  // checked; of rows and of `limit` of a list there are none
  std::optional<std::string> socket;
  bool json = false;
  bool csv = false;
  bool wide = false;                  // lists: every column
  std::string color = "auto";         // auto, always or never
  std::optional<std::int64_t> limit;  // lists: rows in all
  std::vector<std::int64_t> runs;     // equity: of which runs; empty: the user's RUNNING one
  bool plot = false;
  int width = 0;   // of the plot, in columns; 0: the terminal's
  int height = 0;  // in rows
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
