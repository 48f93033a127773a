#include "daemon/base/decimal.h"

#include <algorithm>
#include <array>
#include <limits>

namespace tradingd {

namespace {

Int128 multiply(Int128 a, Int128 b) {
  Int128 product = 0;
  TD_ASSERT(!__builtin_mul_overflow(a, b, &product));
  return product;
}

std::int64_t narrow(Int128 value) {
  TD_ASSERT(value <= std::numeric_limits<std::int64_t>::max() && value >= std::numeric_limits<std::int64_t>::min());
  return static_cast<std::int64_t>(value);
}

}  // namespace

Int128 divide_half_even(Int128 a, Int128 b) {
  TD_ASSERT(b > 0);
  Int128 quotient = a / b;
  Int128 remainder = a % b;
  if (remainder < 0) {  // floor, so that 0 <= remainder < b
    remainder += b;
    --quotient;
  }
  const Int128 rest = b - remainder;
  if (remainder > rest || (remainder == rest && (quotient & 1) != 0)) {
    ++quotient;
  }
  return quotient;
}

Money operator*(Price price, Quantity quantity) {
  return {divide_half_even(multiply(price.units, quantity.units), kScale)};
}

Money operator*(Money amount, Ratio ratio) { return {divide_half_even(multiply(amount.units, ratio.units), kScale)}; }

Price operator*(Price price, Ratio ratio) {
  return {narrow(divide_half_even(multiply(price.units, ratio.units), kScale))};
}

Price operator/(Money amount, Quantity quantity) {
  TD_ASSERT(!quantity.is_zero());
  const int sign = quantity.is_negative() ? -1 : 1;
  return {narrow(divide_half_even(multiply(amount.units, kScale) * sign, static_cast<Int128>(quantity.units) * sign))};
}

Ratio operator/(Money a, Money b) {
  TD_ASSERT(!b.is_zero());
  const int sign = b.is_negative() ? -1 : 1;
  return {narrow(divide_half_even(multiply(a.units, kScale) * sign, b.units * sign))};
}

Quantity affordable(Money amount, Price price, Quantity step) {
  TD_ASSERT(price.is_positive() && step.is_positive());
  if (!amount.is_positive()) {
    return {};
  }
  const Int128 units = multiply(amount.units, kScale) / price.units;
  const Int128 capped = std::min<Int128>(units, kQuantityMax.units);
  return {narrow(capped / step.units * step.units)};
}

void append_units(std::string& text, Int128 units) {
  if (units < 0) {
    text += '-';
  }
  // The magnitude as unsigned, so that the most negative value has one.
  __extension__ using Unsigned128 = unsigned __int128;
  const Unsigned128 magnitude = units < 0 ? -static_cast<Unsigned128>(units) : static_cast<Unsigned128>(units);
  Unsigned128 whole = magnitude / kScale;
  auto fraction = static_cast<std::uint32_t>(magnitude % kScale);

  std::array<char, 40> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + static_cast<int>(whole % 10));
    whole /= 10;
  } while (whole != 0);
  text.append(digits.data() + at, digits.size() - at);

  if (fraction != 0) {
    std::array<char, kScaleDigits> decimals{};
    for (std::size_t i = decimals.size(); i-- > 0;) {
      decimals[i] = static_cast<char>('0' + fraction % 10);
      fraction /= 10;
    }
    const auto end = std::find_if(decimals.rbegin(), decimals.rend(), [](char c) { return c != '0'; });
    text += '.';
    text.append(decimals.data(), static_cast<std::size_t>(decimals.rend() - end));
  }
}

std::string format_units(Int128 units) {
  std::string text;
  append_units(text, units);
  return text;
}

std::optional<Int128> parse_units(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) {
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  constexpr std::size_t kWholeDigitsMax = 30;
  if (whole.empty() || whole.size() > kWholeDigitsMax || fraction.size() > kScaleDigits ||
      (point != std::string_view::npos && fraction.empty())) {
    return std::nullopt;
  }
  Int128 units = 0;
  const auto take = [&units](char c) {
    units = units * 10 + (c - '0');
    return c >= '0' && c <= '9';
  };
  if (!std::all_of(whole.begin(), whole.end(), take) || !std::all_of(fraction.begin(), fraction.end(), take)) {
    return std::nullopt;
  }
  for (std::size_t i = fraction.size(); i < kScaleDigits; ++i) {
    units *= 10;
  }
  return negative ? -units : units;
}

}  // namespace tradingd
