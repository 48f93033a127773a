#include "ctl/cells.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

namespace tradingd::ctl {

namespace {

constexpr std::string_view kNoAmounts[] = {"id", "run", "uid", "pid", "seq", "epoch", "shard", "version"};
constexpr std::string_view kGains[] = {"pnl", "profit", "return", "gain"};

struct ColoredText {
  std::string_view text;
  Color color;
};
constexpr ColoredText kStates[] = {
    {"REJECTED", Color::red},          {"ERROR", Color::red},      {"HALTED", Color::red},
    {"FILLED", Color::green},          {"RUNNING", Color::green},  {"ACTIVE", Color::green},
    {"CANCELED", Color::yellow},       {"EXPIRED", Color::yellow}, {"REDUCING", Color::yellow},
    {"PENDING", Color::cyan},          {"ok", Color::green},       {"bit_exact", Color::green},
    {"sound", Color::green},           {"warning", Color::yellow}, {"non_replayable", Color::yellow},
    {"failure", Color::red},           {"diverged", Color::red},   {"broken", Color::red},
    {"PARTIALLY_FILLED", Color::cyan},
};

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

}  // namespace

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (whole.empty() || !std::all_of(whole.begin(), whole.end(), is_digit)) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view fraction = text.substr(point + 1);
  return !fraction.empty() && std::all_of(fraction.begin(), fraction.end(), is_digit);
}

std::string grouped(std::string_view text) {
  const std::size_t begin = text.starts_with('-') ? 1 : 0;
  const std::size_t end = std::min(text.find('.'), text.size());
  std::string result(text.substr(0, begin));
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin && (end - i) % 3 == 0) result += ',';
    result += text[i];
  }
  return result.append(text.substr(end));
}

std::size_t decimals(std::string_view text) {
  const std::size_t point = text.find('.');
  return point == std::string_view::npos ? 0 : text.size() - point - 1;
}

std::string with_decimals(std::string text, std::size_t digits) {
  const std::size_t present = decimals(text);
  if (present >= digits) return text;
  if (present == 0) text += '.';
  return text.append(digits - present, '0');
}

bool is_amount(std::string_view column) {
  return !column.ends_with("_id") &&
         std::find(std::begin(kNoAmounts), std::end(kNoAmounts), column) == std::end(kNoAmounts);
}

Color color_of(std::string_view column, std::string_view text) {
  const bool gain = std::any_of(std::begin(kGains), std::end(kGains),
                                [&](std::string_view part) { return column.find(part) != std::string_view::npos; });
  if (gain && is_decimal(text)) {
    if (text.find_first_of("123456789") == std::string_view::npos) return Color::none;
    return text.starts_with('-') ? Color::red : Color::green;
  }
  if (column != "status" && column != "verdict" && column != "trading_state") return Color::none;
  const auto* found = std::find_if(std::begin(kStates), std::end(kStates),
                                   [&](const ColoredText& state) { return state.text == text; });
  return found == std::end(kStates) ? Color::none : found->color;
}

std::string sparkline(const nlohmann::json& values) {
  constexpr std::array<std::string_view, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::vector<double> numbers;
  numbers.reserve(values.size());
  for (const nlohmann::json& value : values) {
    const std::string text = plain_text(value);
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    numbers.push_back(number);
  }
  if (numbers.empty()) return {};
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  const double range = *high - *low;
  std::string line;
  for (const double number : numbers) {
    // A flat line is in the middle: it is neither low nor high.
    const double share = range > 0 ? (number - *low) / range : 0.5;
    line += kBars.at(static_cast<std::size_t>(std::lround(share * (kBars.size() - 1))));
  }
  return line;
}

std::string plain_text(const nlohmann::json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

}  // namespace tradingd::ctl
