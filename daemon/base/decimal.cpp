#include "daemon/base/decimal.h"

#include <algorithm>
#include <array>
#include <limits>

namespace tradingd {

namespace {

__extension__ using Unsigned128 = unsigned __int128;

struct Divided {
  Unsigned128 quotient = 0;
  std::uint64_t remainder = 0;
};

/// value ÷ kScale. The compiler's division of 128 bits was two fifths of a backtest's time; since kScale has 27 bits,
/// 32 bits of the quotient at a time come from divisions of 64 bits by a constant, which are multiplications.
Divided divide_by_scale(Unsigned128 value) {
  constexpr auto kDivisor = static_cast<std::uint64_t>(kScale);
  constexpr unsigned kHalf = 32;
  static_assert(kDivisor < (1ULL << kHalf));
  const auto high = static_cast<std::uint64_t>(value >> 64U);
  const auto low = static_cast<std::uint64_t>(value);
  if (high == 0) {
    return {low / kDivisor, low % kDivisor};
  }
  const std::uint64_t upper = (high % kDivisor) << kHalf | low >> kHalf;
  const std::uint64_t lower = (upper % kDivisor) << kHalf | (low & 0xffff'ffffU);
  return {static_cast<Unsigned128>(high / kDivisor) << 64U | (upper / kDivisor << kHalf | lower / kDivisor),
          lower % kDivisor};
}

/// divide_half_even(a, kScale).
Int128 scale_down(Int128 a) {
  constexpr auto kHalfUnit = static_cast<std::uint64_t>(kScale / 2);
  const Divided divided = divide_by_scale(a < 0 ? -static_cast<Unsigned128>(a) : static_cast<Unsigned128>(a));
  Unsigned128 magnitude = divided.quotient;
  if (divided.remainder > kHalfUnit || (divided.remainder == kHalfUnit && (magnitude & 1U) != 0)) {
    ++magnitude;
  }
  return a < 0 ? -static_cast<Int128>(magnitude) : static_cast<Int128>(magnitude);
}

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
  return {scale_down(static_cast<Int128>(price.units) * quantity.units)};
}

Money operator*(Money amount, Ratio ratio) { return {scale_down(multiply(amount.units, ratio.units))}; }

Price operator*(Price price, Ratio ratio) {
  return {narrow(scale_down(static_cast<Int128>(price.units) * ratio.units))};
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
  const Divided divided =
      divide_by_scale(units < 0 ? -static_cast<Unsigned128>(units) : static_cast<Unsigned128>(units));
  Unsigned128 whole = divided.quotient;
  auto fraction = static_cast<std::uint32_t>(divided.remainder);

  std::array<char, 40> digits{};
  std::size_t at = digits.size();
  while (whole >> 64U != 0) {
    digits[--at] = static_cast<char>('0' + static_cast<int>(whole % 10));
    whole /= 10;
  }
  auto rest = static_cast<std::uint64_t>(whole);
  do {
    digits[--at] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
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
