#include "daemon/protocol/suggest.h"

#include <algorithm>
#include <cstddef>

#include "daemon/base/nearest.h"

namespace tradingd::protocol {

namespace {

constexpr std::size_t kBeginningMin = 2;  // letters that may stand for the word that begins with them

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best = nearest(word, candidates);
  if (best.empty() && word.size() >= kBeginningMin) {
    const auto begun = std::find_if(candidates.begin(), candidates.end(),
                                    [&](std::string_view candidate) { return candidate.starts_with(word); });
    if (begun != candidates.end()) best = *begun;
  }
  return best.empty() ? std::string() : "; did you mean '" + std::string(best) + "'?";
}

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> result;
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find('|'), choices.size());
    result.push_back(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return result;
}

}  // namespace tradingd::protocol
