#pragma once
// Enum values to their texts and back, by a table in the enum's order. For the engine's .cpp files.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "daemon/base/assert.h"

namespace tradingd::engine {

template <typename Enum, std::size_t kSize>
[[nodiscard]] std::string_view text_at(const std::array<std::string_view, kSize>& texts, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  TD_ASSERT(index < kSize);
  return texts[index];
}

template <typename Enum, std::size_t kSize>
[[nodiscard]] std::optional<Enum> value_of(const std::array<std::string_view, kSize>& texts, std::string_view text) {
  const auto* found = std::find(texts.begin(), texts.end(), text);
  return found == texts.end() ? std::nullopt : std::optional(static_cast<Enum>(found - texts.begin()));
}

}  // namespace tradingd::engine
