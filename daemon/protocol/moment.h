#pragma once
// Moments as people give them: a time, a date, or how long back.

#include <optional>
#include <string_view>

#include "daemon/base/time.h"

namespace tradingd::protocol {

struct Moment {
  bool back = false;    // `us` is a span before a reference; else a time
  std::int64_t us = 0;  // microseconds; a time in UTC, or a positive span

  /// The time, `reference` being what "back" counts from.
  [[nodiscard]] Time at(Time reference) const { return back ? Time{reference.us - us} : Time{us}; }
};

/// Reads "2020-04-17T20:00:00Z", "2020-04-17" (its beginning in UTC), or a whole number with s, m, h, d, w or y
/// (365 days), at most 1000 years. nullopt: none of them.
[[nodiscard]] std::optional<Moment> parse_moment(std::string_view text);

}  // namespace tradingd::protocol
