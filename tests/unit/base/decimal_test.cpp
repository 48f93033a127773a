#include "daemon/base/decimal.h"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace tradingd;

namespace {

Price price(const char* text) { return parse_decimal(text, kPriceMax).value(); }
Quantity quantity(const char* text) { return parse_decimal(text, kPositionMax).value(); }
Money money(const char* text) { return parse_decimal(text, kMoneyMax).value(); }
Ratio ratio(const char* text) { return parse_decimal(text, Ratio{100 * kScale}).value(); }

}  // namespace

BOOST_AUTO_TEST_CASE(division_rounds_half_to_even) {
  struct Row {
    std::int64_t a;
    std::int64_t b;
    std::int64_t expected;
  };
  constexpr Row kRows[] = {
      {0, 3, 0},   {7, 2, 4},   {5, 2, 2},   {3, 2, 2},    {1, 2, 0},     {-1, 2, 0},    {-3, 2, -2}, {-5, 2, -2},
      {-7, 2, -4}, {10, 3, 3},  {11, 3, 4},  {-10, 3, -3}, {-11, 3, -4},  {9, 3, 3},     {-9, 3, -3}, {15, 10, 2},
      {25, 10, 2}, {35, 10, 4}, {26, 10, 3}, {24, 10, 2},  {-25, 10, -2}, {-26, 10, -3}, {1, 1, 1},   {6, 4, 2},
  };
  for (const Row& row : kRows) {
    BOOST_TEST_CONTEXT(row.a << " / " << row.b) {
      BOOST_TEST(static_cast<std::int64_t>(divide_half_even(row.a, row.b)) == row.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(decimals_are_read_exactly_or_not_at_all) {
  struct Row {
    const char* text;
    const char* expected;  // nullptr: malformed
  };
  constexpr Row kRows[] = {
      {"0", "0"},
      {"-0", "0"},
      {"12", "12"},
      {"12.0", "12"},
      {"012.50", "12.5"},
      {"-12.5", "-12.5"},
      {"0.00000001", "0.00000001"},
      {"-0.00000001", "-0.00000001"},
      {"123456789012345678901234567890.12345678", "123456789012345678901234567890.12345678"},
      {"", nullptr},
      {"-", nullptr},
      {".", nullptr},
      {".5", nullptr},
      {"5.", nullptr},
      {"+5", nullptr},
      {"--5", nullptr},
      {"1e3", nullptr},
      {"1 000", nullptr},
      {"1,000", nullptr},
      {" 1", nullptr},
      {"1 ", nullptr},
      {"0x10", nullptr},
      {"nan", nullptr},
      {"inf", nullptr},
      {"1.2.3", nullptr},
      {"0.000000001", nullptr},
      {"0.100000000", nullptr},
      {"1234567890123456789012345678901", nullptr},
  };
  for (const Row& row : kRows) {
    BOOST_TEST_CONTEXT('"' << row.text << '"') {
      const std::optional<Int128> units = parse_units(row.text);
      BOOST_TEST_REQUIRE(units.has_value() == (row.expected != nullptr));
      if (units) {
        BOOST_TEST(format_units(*units) == row.expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(decimals_are_held_to_their_limits) {
  BOOST_TEST(parse_decimal("100000000", kPriceMax).has_value());
  BOOST_TEST(parse_decimal("-100000000", kPriceMax).has_value());
  BOOST_TEST(!parse_decimal("100000000.00000001", kPriceMax).has_value());
  BOOST_TEST(!parse_decimal("-100000000.00000001", kPriceMax).has_value());
  BOOST_TEST(to_string(kMoneyMax) == "1000000000000000");
}

BOOST_AUTO_TEST_CASE(extreme_units_have_a_text) {
  const Int128 least = static_cast<Int128>(static_cast<unsigned long long>(1) << 63U) * -1;
  BOOST_TEST(format_units(least) == "-92233720368.54775808");
  BOOST_TEST(format_units(std::numeric_limits<std::int64_t>::max()) == "92233720368.54775807");
}

BOOST_AUTO_TEST_CASE(products_are_rounded_once) {
  struct Row {
    const char* price;
    const char* quantity;
    const char* expected;
  };
  constexpr Row kRows[] = {
      {"100.25", "3", "300.75"},
      {"0.00000001", "0.5", "0"},           // half of a unit: to even
      {"0.00000003", "0.5", "0.00000002"},  // one and a half
      {"0.00000005", "0.5", "0.00000002"},  // two and a half
      {"0.33333333", "3", "0.99999999"},
      {"100000000", "10000000000", "1000000000000000000"},  // the largest price by the largest position
      {"100", "-2", "-200"},
  };
  for (const Row& row : kRows) {
    BOOST_TEST_CONTEXT(row.price << " x " << row.quantity) {
      BOOST_TEST(to_string(price(row.price) * quantity(row.quantity)) == row.expected);
    }
  }
  BOOST_TEST(to_string(money("1000") * ratio("0.33333333")) == "333.33333");
  BOOST_TEST(to_string(price("100") * ratio("1.0005")) == "100.05");
}

// The division by the scale has a way of its own: it must be the plain one, with and without the upper 64 bits.
BOOST_AUTO_TEST_CASE(products_are_those_of_the_plain_division) {
  constexpr Int128 kUpper = static_cast<Int128>(1) << 64;
  for (const Int128 base : {Int128{0}, Int128{kScale / 2}, Int128{kScale}, kUpper / 2, kUpper, kUpper * kScale / 2,
                            kUpper * kScale, kUpper * kScale + kScale / 2, kUpper * (1LL << 33U)}) {
    for (std::int64_t near = -3; near <= 3; ++near) {
      for (const std::int64_t ratio : {std::int64_t{1}, std::int64_t{-1}, std::int64_t{3}, kScale / 2, -kScale / 2,
                                       kScale, kScale + 1, 7 * kScale}) {
        const Int128 product = (base + near) * ratio;
        BOOST_TEST((Money{base + near} * Ratio{ratio} == Money{divide_half_even(product, kScale)}));
      }
      std::string expected;
      for (Int128 rest = base + near < 0 ? -(base + near) : base + near; rest != 0 || expected.size() < 9; rest /= 10) {
        expected.insert(expected.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
      }
      expected.insert(expected.size() - 8, ".");
      expected.erase(expected.find_last_not_of('0') + 1);
      if (expected.ends_with('.')) expected.pop_back();
      BOOST_TEST(format_units(base + near) == (base + near < 0 ? "-" : "") + expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(quotients_are_rounded_once) {
  BOOST_TEST(to_string(money("100") / quantity("3")) == "33.33333333");
  BOOST_TEST(to_string(money("-100") / quantity("3")) == "-33.33333333");
  BOOST_TEST(to_string(money("100") / quantity("-3")) == "-33.33333333");
  BOOST_TEST(to_string(money("2") / money("3")) == "0.66666667");
  BOOST_TEST(to_string(money("-2") / money("3")) == "-0.66666667");
  BOOST_TEST(to_string(money("2") / money("-3")) == "-0.66666667");
}

BOOST_AUTO_TEST_CASE(affordable_is_the_most_in_whole_steps) {
  struct Row {
    const char* amount;
    const char* price;
    const char* step;
    const char* expected;
  };
  constexpr Row kRows[] = {
      {"1000", "100", "1", "10"},
      {"999.99999999", "100", "1", "9"},
      {"1000", "300", "1", "3"},
      {"1000", "300", "0.01", "3.33"},
      {"1000", "300", "10", "0"},
      {"99", "100", "1", "0"},
      {"0", "100", "1", "0"},
      {"-5", "100", "1", "0"},
      {"0.00000001", "0.00000002", "0.00000001", "0.5"},
      {"1000000000000000", "0.00000001", "1", "1000000000"},  // capped
  };
  for (const Row& row : kRows) {
    BOOST_TEST_CONTEXT(row.amount << " at " << row.price) {
      BOOST_TEST(to_string(affordable(money(row.amount), price(row.price), quantity(row.step))) == row.expected);
    }
  }
}
