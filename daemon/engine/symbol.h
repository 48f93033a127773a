#pragma once
// What may be called a symbol, wherever one comes in: rows of a feed, strategy files, orders.

#include <algorithm>
#include <string_view>

namespace tradingd::engine {

inline constexpr std::size_t kSymbolLengthMax = 32;
inline constexpr std::string_view kSymbolRule = "1 to 32 printable ASCII characters without blanks";

/// Whether `text` keeps kSymbolRule.
[[nodiscard]] constexpr bool is_symbol(std::string_view text) {
  return !text.empty() && text.size() <= kSymbolLengthMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace tradingd::engine
