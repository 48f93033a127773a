#pragma once
// "Did you mean …?" for words that are not in a list.

#include <string>
#include <string_view>
#include <vector>

namespace tradingd::protocol {

/// "; did you mean 'quantity'?", or nothing if no candidate is near.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

/// "buy|sell" as {"buy", "sell"}; an empty text as {}.
[[nodiscard]] std::vector<std::string_view> split_choices(std::string_view choices);

}  // namespace tradingd::protocol
