#pragma once
// The words of strategy files, for reading and for writing. Internal to the folder.

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/base/assert.h"
#include "daemon/config/reader.h"
#include "daemon/engine/config.h"

namespace tradingd::config {

inline constexpr std::array<Choice<engine::StrategyKind>, 4> kStrategyWords{{
    {"manual", engine::StrategyKind::manual},
    {"sip", engine::StrategyKind::sip},
    {"rebalance", engine::StrategyKind::rebalance},
    {"sip+rebalance", engine::StrategyKind::sip_rebalance},
}};
inline constexpr std::array<Choice<engine::FillAt>, 2> kFillAtWords{{
    {"close", engine::FillAt::close},
    {"next_open", engine::FillAt::next_open},
}};
inline constexpr std::array<Choice<engine::CostBasis>, 2> kCostBasisWords{{
    {"average", engine::CostBasis::average},
    {"fifo", engine::CostBasis::fifo},
}};
inline constexpr std::array<Choice<engine::FeeSides>, 3> kFeeSidesWords{{
    {"both", engine::FeeSides::both},
    {"buys", engine::FeeSides::buys},
    {"sells", engine::FeeSides::sells},
}};
inline constexpr std::array<Choice<engine::SlippageKind>, 4> kSlippageWords{{
    {"none", engine::SlippageKind::none},
    {"bps", engine::SlippageKind::basis_points},
    {"ticks", engine::SlippageKind::ticks},
    {"volume_share", engine::SlippageKind::volume_share},
}};
inline constexpr std::array<Choice<engine::Interval>, 6> kIntervalWords{{
    {"daily", engine::Interval::daily},
    {"weekly", engine::Interval::weekly},
    {"fortnightly", engine::Interval::fortnightly},
    {"monthly", engine::Interval::monthly},
    {"quarterly", engine::Interval::quarterly},
    {"yearly", engine::Interval::yearly},
}};
inline constexpr std::array<Choice<bool>, 2> kFundingWords{{{"cash", false}, {"deposit", true}}};
inline constexpr std::array<Choice<bool>, 2> kResidueWords{{{"carry", true}, {"keep", false}}};
inline constexpr std::array<Choice<engine::CatchUp>, 3> kCatchUpWords{{
    {"run_all", engine::CatchUp::run_all},
    {"run_last", engine::CatchUp::run_last},
    {"skip", engine::CatchUp::skip},
}};
inline constexpr std::array<Choice<bool>, 2> kAmountRuleWords{{{"fixed", false}, {"value_averaging", true}}};
inline constexpr std::array<Choice<bool>, 2> kRebalanceToWords{{{"target", false}, {"edge", true}}};
inline constexpr std::string_view kMonthEndWord = "month_end";

/// One basis point is 1e-4.
inline constexpr std::int64_t kBasisPoints = 10'000;

template <typename T, std::size_t kSize>
[[nodiscard]] std::string_view word_for(const std::array<Choice<T>, kSize>& words, T meaning) {
  const auto* const found =
      std::find_if(words.begin(), words.end(), [&](const Choice<T>& choice) { return choice.second == meaning; });
  TD_ASSERT(found != words.end());
  return found->first;
}

[[nodiscard]] inline bool has_day_of_month(engine::Interval interval) {
  return interval == engine::Interval::monthly || interval == engine::Interval::quarterly ||
         interval == engine::Interval::yearly;
}

/// The canonical form of a configuration: the same keys as a file's, defaults written out.
[[nodiscard]] nlohmann::json to_json(const engine::RunConfig& config);

}  // namespace tradingd::config
