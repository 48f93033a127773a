#pragma once
// Carries out what the command line asks for.

#include "ctl/arguments.h"

namespace tradingd::ctl {

/// Calls the daemon, shows the answer on standard output and what went wrong on standard error. Returns the
/// exit status.
[[nodiscard]] int run(const Invocation& invocation);

}  // namespace tradingd::ctl
