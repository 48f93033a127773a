#pragma once
// What `tradectl db` does, apart from its command line.

#include <string>

#include "ctl/client.h"
#include "daemon/base/result.h"

namespace tradingd::ctl {

/// What the command line says.
struct DatabaseWork {
  std::string verb;
  std::string file;
  std::string dsn;
  std::string role = "tradingd";
  std::string socket;
  std::string color = "auto";
  bool print = false;
  bool json_output = false;
  bool csv = false;
};

/// Carries it out; what is done is told on standard error, what was asked for written to standard output. The exit
/// status: kDone, or kRefused where `status` finds that something is missing.
[[nodiscard]] Result<int, CallFailure> carry_out(DatabaseWork options);

}  // namespace tradingd::ctl
