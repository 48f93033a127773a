#pragma once
// Runs another program and waits for it.

#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace tradingd::ctl {

struct ChildResult {
  int status = 0;      // exit status; 128 + the signal that ended it
  std::string output;  // what it wrote to standard output, unless that is ours
  std::string errors;  // to standard error
};

struct ChildOptions {
  std::string input;                     // its standard input
  std::vector<std::string> environment;  // "NAME=value", beside ours
};

/// `words[0]` is looked for in PATH, unless it has a '/'. No shell is involved. An error: it can't be run.
[[nodiscard]] Result<ChildResult> run_child(const std::vector<std::string>& words, const ChildOptions& options = {});

}  // namespace tradingd::ctl
