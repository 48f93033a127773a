#pragma once
// Fixed-point decimals, all scaled 1e-8. No floating point takes part in money.
//
// Price and Quantity are 64-bit: up to about 92 billion. Money is 128-bit. The limits below are
// checked where values enter (kPriceMax …), so that no sum or product inside can overflow; an
// overflow all the same is a bug and aborts.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/assert.h"
#include "daemon/base/result.h"

namespace tradingd {

__extension__ using Int128 = __int128;

inline constexpr std::int64_t kScale = 100'000'000;
inline constexpr int kScaleDigits = 8;

/// A number of units of 1e-8.
template <typename Tag, typename Representation>
struct Decimal {
  Representation units{};

  friend constexpr auto operator<=>(Decimal, Decimal) = default;

  friend constexpr Decimal operator+(Decimal a, Decimal b) {
    Decimal sum;
    TD_ASSERT(!__builtin_add_overflow(a.units, b.units, &sum.units));
    return sum;
  }
  friend constexpr Decimal operator-(Decimal a, Decimal b) {
    Decimal difference;
    TD_ASSERT(!__builtin_sub_overflow(a.units, b.units, &difference.units));
    return difference;
  }
  constexpr Decimal operator-() const { return Decimal{} - *this; }
  constexpr Decimal& operator+=(Decimal other) { return *this = *this + other; }
  constexpr Decimal& operator-=(Decimal other) { return *this = *this - other; }

  [[nodiscard]] constexpr bool is_zero() const { return units == 0; }
  [[nodiscard]] constexpr bool is_negative() const { return units < 0; }
  [[nodiscard]] constexpr bool is_positive() const { return units > 0; }
};

/// Money per unit of an instrument.
using Price = Decimal<struct PriceTag, std::int64_t>;
/// Units of an instrument; negative for a short position.
using Quantity = Decimal<struct QuantityTag, std::int64_t>;
/// An amount of the run's currency.
using Money = Decimal<struct MoneyTag, Int128>;
/// A dimensionless ratio: a weight, a share, a rate (1 = 100 %).
using Ratio = Decimal<struct RatioTag, std::int64_t>;

/// Largest values accepted from outside: a hundred million a share, a billion shares an order, ten
/// billion a position, a quadrillion of cash a movement.
inline constexpr Price kPriceMax{100'000'000LL * kScale};
inline constexpr Quantity kQuantityMax{1'000'000'000LL * kScale};
inline constexpr Quantity kPositionMax{10'000'000'000LL * kScale};
inline constexpr Money kMoneyMax{static_cast<Int128>(1'000'000'000'000'000LL) * kScale};

/// a / b rounded half to even; b must be positive.
[[nodiscard]] Int128 divide_half_even(Int128 a, Int128 b);

/// price × quantity, rounded half-even once to 1e-8.
[[nodiscard]] Money operator*(Price price, Quantity quantity);
/// amount × ratio, rounded half-even once to 1e-8.
[[nodiscard]] Money operator*(Money amount, Ratio ratio);
/// price × ratio, rounded half-even once to 1e-8.
[[nodiscard]] Price operator*(Price price, Ratio ratio);
/// amount ÷ quantity, rounded half-even to 1e-8; quantity must not be zero.
[[nodiscard]] Price operator/(Money amount, Quantity quantity);
/// a ÷ b, rounded half-even to 1e-8; b must not be zero and the quotient must fit.
[[nodiscard]] Ratio operator/(Money a, Money b);

/// The largest multiple of `step` that `amount` buys at `price`: floor(amount / price / step) × step,
/// at most kQuantityMax; zero for a negative amount. `price` and `step` must be positive.
[[nodiscard]] Quantity affordable(Money amount, Price price, Quantity step);

/// Shortest exact form: "12", "-0.5", "0.00000001".
[[nodiscard]] std::string format_units(Int128 units);
template <typename Tag, typename Representation>
[[nodiscard]] std::string to_string(Decimal<Tag, Representation> value) {
  return format_units(value.units);
}
/// Appends the same form to `text`; the encoder's inner loop.
void append_units(std::string& text, Int128 units);

/// Reads "[-]digits[.digits]" exactly: at most eight decimals, no exponent, no blanks, no sign but
/// '-', no grouping. nullopt when malformed or beyond 30 digits before the point.
[[nodiscard]] std::optional<Int128> parse_units(std::string_view text);

/// Reads a decimal with |value| ≤ `limit`.
template <typename D>
[[nodiscard]] std::optional<D> parse_decimal(std::string_view text, D limit) {
  const std::optional<Int128> units = parse_units(text);
  if (!units || *units > static_cast<Int128>(limit.units) || *units < -static_cast<Int128>(limit.units)) {
    return std::nullopt;
  }
  return D{static_cast<decltype(limit.units)>(*units)};
}

}  // namespace tradingd
