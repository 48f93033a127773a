#include "daemon/engine/limit_table.h"

#include <algorithm>
#include <charconv>
#include <type_traits>
#include <vector>

#include "daemon/base/nearest.h"

namespace tradingd::engine {

namespace {

template <typename Integer>
requires std::is_integral_v<Integer> std::string text_of(Integer value) { return std::to_string(value); }
template <typename Tag, typename Representation>
std::string text_of(Decimal<Tag, Representation> value) {
  return to_string(value);
}

// The largest value of each kind: what strategy files take, too.
constexpr std::int32_t largest(std::int32_t) { return 1'000'000; }
constexpr std::int64_t largest(std::int64_t) { return 31'536'000; }  // of an age in seconds: a year
constexpr Quantity largest(Quantity) { return kPositionMax; }
constexpr Money largest(Money) { return kMoneyMax; }
constexpr Ratio largest(Ratio) { return Ratio{kScale}; }

template <typename Integer>
requires std::is_integral_v<Integer>
bool read(std::string_view text, std::optional<Integer>& limit) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  limit = value;
  return error == std::errc{} && end == text.data() + text.size() && value > 0 && value <= largest(value);
}

template <typename Tag, typename Representation>
bool read(std::string_view text, std::optional<Decimal<Tag, Representation>>& limit) {
  limit = parse_decimal(text, largest(Decimal<Tag, Representation>{}));
  return limit && limit->is_positive();
}

bool read(std::string_view text, std::vector<std::string>& symbols) {
  symbols.emplace_back(text);
  return !text.empty();
}

bool read_one(Limits& limits, std::string_view name, std::string_view text, bool& known) {
  bool readable = false;
  for_each_limit(limits, [&](std::string_view limit, auto& value) {
    if (limit == name) {
      known = true;
      readable = read(text, value);
    }
  });
  return readable;
}

std::string unknown(std::string_view name) {
  std::vector<std::string_view> names;
  const Limits limits;
  for_each_limit(limits, [&](std::string_view limit, const auto&) { names.push_back(limit); });
  std::string message = "there is no limit \"" + std::string(name) + "\"";
  const std::string_view near = nearest(name, names);
  if (!near.empty()) {
    return message + "; did you mean " + std::string(near) + "?";
  }
  message += "; there are:";
  for (const std::string_view one : names) {
    message += ' ';
    message += one;
  }
  return message;
}

}  // namespace

std::string to_text(const Limits& limits) {
  std::string text;
  const auto put = [&](std::string_view name, std::string_view value) {
    text += text.empty() ? "" : " ";
    text += name;
    text += '=';
    text += value;
  };
  for_each_limit(limits, [&](std::string_view name, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::vector<std::string>>) {
      for (const std::string& symbol : value) {
        put(name, symbol);
      }
    } else if (value) {
      put(name, text_of(*value));
    }
  });
  return text;
}

Result<Limits> limits_from_text(std::string_view text) {
  Limits limits;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) {
      continue;
    }
    const std::size_t sign = std::min(word.find('='), word.size());
    const std::string_view name = word.substr(0, sign);
    const std::string_view value = sign < word.size() ? word.substr(sign + 1) : std::string_view{};
    bool known = false;
    if (!read_one(limits, name, value, known)) {
      return Error{known ? std::string(name) + ": \"" + std::string(value) +
                               "\" is beyond what that limit can be; write " + std::string(name) +
                               "=VALUE with a value above 0; a share is at most 1"
                         : unknown(name)};
    }
  }
  return limits;
}

}  // namespace tradingd::engine
