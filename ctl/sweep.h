#pragma once
// Variations of a strategy: "sip.amount=100,200 rebalance.band=0.05,0.1" is four of them.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/config/strategy.h"

namespace tradingd::ctl {

inline constexpr std::size_t kSweepMax = 100'000;

struct Variation {
  std::vector<std::pair<std::string, std::string>> values;  // key and value, in the order of the sweep
  config::StrategyDocument strategy;
};

/// All combinations, the last key's values changing fastest; the strategy alone for an empty `sweep`. A key is a path
/// in the strategy file with points between. An error names the key or value that is wrong.
[[nodiscard]] Result<std::vector<Variation>> vary(const config::StrategyDocument& strategy, std::string_view sweep);

}  // namespace tradingd::ctl
