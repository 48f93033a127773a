#include "daemon/protocol/moment.h"

#include <array>
#include <charconv>

namespace tradingd::protocol {

namespace {

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array kUnits{Unit{'s', 1},      Unit{'m', 60},         Unit{'h', 3600},
                            Unit{'d', 86'400}, Unit{'w', 7 * 86'400}, Unit{'y', 365 * 86'400}};
constexpr std::int64_t kSecondsMax = 1000LL * 365 * 86'400;

std::optional<Moment> parse_span(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || end + 1 != text.data() + text.size()) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (unit.letter == *end && number <= kSecondsMax / unit.seconds) {
      return Moment{true, number * unit.seconds * kMicrosecondsPerSecond};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Moment> parse_moment(std::string_view text) {
  if (const auto span = parse_span(text)) return span;
  if (const auto date = parse_date(text)) return Moment{false, midnight_utc(*date).us};
  if (const auto time = parse_time(text)) return Moment{false, time->us};
  return std::nullopt;
}

}  // namespace tradingd::protocol
