#pragma once
// `tradectl top`: the daemon and its runs, full screen, every second.

#include <nlohmann/json.hpp>
#include <string>

#include "ctl/client.h"
#include "ctl/terminal.h"

namespace tradingd::ctl {

/// Shows it until q, Ctrl-C or the end of the daemon, and gives the terminal back as it was. `all`: every user's
/// runs, for admins. Standard input and output must be a terminal. Returns the exit status.
[[nodiscard]] int top(Client& client, const nlohmann::json& arguments, const Terminal& terminal);

/// What two looks at the daemon, `seconds` apart, tell.
struct TopView {
  nlohmann::json status;   // of `status`
  std::string metrics;     // the text of `metrics`
  nlohmann::json columns;  // of run.list
  nlohmann::json rows;
  std::string earlier_metrics;  // of the look before; empty: there was none
  double seconds = 0;
};
/// The screen's lines, as many as fit; none is wider than the terminal.
[[nodiscard]] std::string render_top(const TopView& view, const Terminal& terminal);

}  // namespace tradingd::ctl
