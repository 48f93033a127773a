#pragma once
// What is wrong in a file of the user's.

#include <string>
#include <string_view>
#include <vector>

namespace tradingd::config {

/// One thing wrong in a file.
struct Problem {
  std::string key;      // its path: "sip.weights.SPX"; empty: the file as a whole
  int line = 0;         // 0: unknown
  std::string message;  // continues "KEY: ": what is there, what is allowed
};

/// One line for each problem: "FILE:12: sip.amount: …".
[[nodiscard]] std::string describe(const std::vector<Problem>& problems, std::string_view file);

}  // namespace tradingd::config
