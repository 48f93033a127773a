#pragma once
// For "did you mean …?".

#include <string_view>
#include <vector>

namespace tradingd {

/// The candidate that `word` is most likely a misspelling of; empty if none is near. At most a third of
/// the letters, and always one, may be missing, added, wrong, or swapped with their neighbour.
[[nodiscard]] std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace tradingd
