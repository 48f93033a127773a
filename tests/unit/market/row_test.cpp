#include "daemon/market/row.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/market/shipped_calendars.h"

namespace tradingd::market {
namespace {

/// time,symbol,open,high,low,close,volume,price,market
RawRow row_of(const std::vector<std::string>& f) { return {7, f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]}; }

}  // namespace

BOOST_AUTO_TEST_CASE(times_are_read_in_every_form) {
  struct Case {
    const char* calendar;
    const char* text;
    const char* time;
    bool said_open = false;
  };
  const Case cases[] = {
      {"ALWAYS", "2000-01-03", "2000-01-03T00:00:00Z"},
      {"XNYS", "2000-01-03", "2000-01-03T21:00:00Z"},
      {"XNYS", "2000-01-01", "2000-01-01T21:00:00Z", true},
      {"XNYS", "Jan 1 2000", "2000-01-01T21:00:00Z", true},
      {"XNYS", "Jan 3 2000", "2000-01-03T21:00:00Z"},
      {"ALWAYS", "January 3, 2000", "2000-01-03T00:00:00Z"},
      {"XNYS", "2000-01-03T15:30:00Z", "2000-01-03T15:30:00Z"},
      {"XNYS", "2000-01-03 15:30:00", "2000-01-03T20:30:00Z"},
      {"XNYS", "2000-07-03 15:30", "2000-07-03T19:30:00Z"},
      {"XNYS", "2000-07-03T15:30:00.25", "2000-07-03T19:30:00.25Z"},
      {"XNYS", "2000-07-03 15:30:00-04:00", "2000-07-03T19:30:00Z"},
      {"ALWAYS", "946913400", "2000-01-03T15:30:00Z"},
      {"ALWAYS", "1700000000", "2023-11-14T22:13:20Z"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.calendar << " " << c.text) {
      const auto time = parse_row_time(c.text, calendar(c.calendar));
      BOOST_TEST_REQUIRE(time.ok());
      BOOST_TEST(format_time(time->time) == c.time);
      BOOST_TEST(time->open.has_value() == c.said_open);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused) {
  for (const char* text : {"", "2000-13-01", "2000-02-30", "01/03/2000", "1700000000000", "Jan 32 2000", "Jan 2000",
                           "Foo 1 2000", "Jan 1 2000 x", "2000-01-03 25:00", "2000-01-03T", "1900-12-31", "2200-01-01",
                           "9999-01-01T00:00:00Z", "-946913400"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(!parse_row_time(text, calendar("ALWAYS")).ok()); }
  }
  const auto skipped = parse_row_time("2020-03-08 02:30:00", calendar("XNYS"));
  BOOST_TEST_REQUIRE(!skipped.ok());
  BOOST_TEST(skipped.error().message ==
             "\"2020-03-08 02:30:00\" does not exist on the clock of XNYS: summer time begins there; write the time "
             "with its offset");
}

BOOST_AUTO_TEST_CASE(good_rows_become_bars) {
  struct Case {
    std::vector<std::string> row;
    const char* open;
    const char* high;
    const char* low;
    const char* close;
    const char* volume;
  };
  const Case cases[] = {
      {{"2000-01-03", "SPX", "1469.250000", "1478.000000", "1438.359985", "1455.219971", "931800000", "", ""},
       "1469.25",
       "1478",
       "1438.359985",
       "1455.219971",
       "931800000"},
      {{"2000-01-03", "SPX", "", "", "", "", "", "39.81", ""}, "39.81", "39.81", "39.81", "39.81", "0"},
      {{"2000-01-03", "SPX", "", "", "", "12", "0", "", "closed"}, "12", "12", "12", "12", "0"},
      {{"2000-01-03", "SPX", "", "", "", "", "11456230000", "1.1200000000000", "open"},
       "1.12",
       "1.12",
       "1.12",
       "1.12",
       "11456230000"},
      {{"2000-01-03", "BRK.B", "", "", "", "", "0.5", "0.00000001", ""},
       "0.00000001",
       "0.00000001",
       "0.00000001",
       "0.00000001",
       "0.5"},
      {{"2000-01-03", "X", "1", "1", "1", "1", "", "", ""}, "1", "1", "1", "1", "0"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.close) {
      RejectedRow rejected;
      const auto valid = parse_row(row_of(c.row), calendar("ALWAYS"), rejected);
      BOOST_TEST_REQUIRE(valid.has_value());
      BOOST_TEST(to_string(valid->bar.open) == c.open);
      BOOST_TEST(to_string(valid->bar.high) == c.high);
      BOOST_TEST(to_string(valid->bar.low) == c.low);
      BOOST_TEST(to_string(valid->bar.close) == c.close);
      BOOST_TEST(to_string(valid->bar.volume) == c.volume);
      BOOST_TEST(valid->when.open.has_value() == !c.row[8].empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(bad_rows_are_refused_with_column_and_reason) {
  struct Case {
    std::vector<std::string> row;
    const char* column;
    const char* rejection;
    const char* reason;
  };
  const std::string t = "2000-01-03";
  const Case cases[] = {
      {{"", "A", "", "", "", "", "", "1", ""}, "time", "malformed", "is empty; every row needs a time"},
      {{"now", "A", "", "", "", "", "", "1", ""},
       "time",
       "malformed",
       "\"now\" is not a time; write 2000-01-03, 2000-01-03T15:30:00Z or seconds since 1970"},
      {{t, "", "", "", "", "", "", "1", ""},
       "symbol",
       "malformed",
       "\"\" is not a symbol; it needs 1 to 32 printable ASCII characters without blanks"},
      {{t, "A\x01", "", "", "", "", "", "1", ""},
       "symbol",
       "malformed",
       "\"A?\" is not a symbol; it needs 1 to 32 printable ASCII characters without blanks"},
      {{t, "A B", "", "", "", "", "", "1", ""},
       "symbol",
       "malformed",
       "\"A B\" is not a symbol; it needs 1 to 32 printable ASCII characters without blanks"},
      {{t, std::string(33, 'A'), "", "", "", "", "", "1", ""},
       "symbol",
       "malformed",
       "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\" is not a symbol; it needs 1 to 32 printable ASCII characters without "
       "blanks"},
      {{t, "A", "", "", "", "", "", "", ""},
       "price",
       "malformed",
       "is empty; give a price, or open, high, low and close"},
      {{t, "A", "", "", "", "", "", "1e3", ""},
       "price",
       "malformed",
       "\"1e3\" is not a decimal number; write it as 1234.5, without grouping or exponent"},
      {{t, "A", "", "", "", "", "", "nan", ""},
       "price",
       "malformed",
       "\"nan\" is not a decimal number; write it as 1234.5, without grouping or exponent"},
      {{t, "A", "", "", "", "", "", "1,000", ""},
       "price",
       "malformed",
       "\"1,000\" is not a decimal number; write it as 1234.5, without grouping or exponent"},
      {{t, "A", "", "", "", "", "", "1.123456789", ""},
       "price",
       "invalid_price",
       "\"1.123456789\" has more than 8 decimals; round it"},
      {{t, "A", "", "", "", "", "", "0", ""},
       "price",
       "invalid_price",
       "\"0\" is out of range; a price is above 0 and at most 100000000"},
      {{t, "A", "", "", "", "", "", "-1", ""},
       "price",
       "invalid_price",
       "\"-1\" is out of range; a price is above 0 and at most 100000000"},
      {{t, "A", "", "", "", "", "", "100000000.00000001", ""},
       "price",
       "invalid_price",
       "\"100000000.00000001\" is out of range; a price is above 0 and at most 100000000"},
      {{t, "A", "", "", "", "2", "", "1", ""},
       "price",
       "malformed",
       "stands beside open, high, low, close; give the one or the others"},
      {{t, "A", "1", "2", "", "1", "", "", ""}, "low", "malformed", "is empty; a bar needs open, high, low and close"},
      {{t, "A", "2", "1", "3", "2", "", "", ""}, "high", "inconsistent_bar", "1 is below the low, 3"},
      {{t, "A", "4", "3", "1", "2", "", "", ""}, "open", "inconsistent_bar", "4 is outside low to high, 1 to 3"},
      {{t, "A", "2", "3", "1", "0.5", "", "", ""}, "close", "inconsistent_bar", "0.5 is outside low to high, 1 to 3"},
      {{t, "A", "", "", "", "", "-1", "1", ""},
       "volume",
       "invalid_volume",
       "\"-1\" is out of range; a volume is 0 to 92000000000"},
      {{t, "A", "", "", "", "", "92000000001", "1", ""},
       "volume",
       "invalid_volume",
       "\"92000000001\" is out of range; a volume is 0 to 92000000000"},
      {{t, "A", "", "", "", "", "many", "1", ""},
       "volume",
       "malformed",
       "\"many\" is not a decimal number of at most 8 decimals; leave it empty if unknown"},
      {{t, "A", "", "", "", "", "", "1", "shut"},
       "market",
       "malformed",
       "\"shut\" is not allowed; write open or closed, or nothing"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.column << ": " << c.reason) {
      RejectedRow rejected;
      BOOST_TEST(!parse_row(row_of(c.row), calendar("ALWAYS"), rejected).has_value());
      BOOST_TEST(rejected.line == 7);
      BOOST_TEST(rejected.column == c.column);
      BOOST_TEST(to_text(rejected.rejection) == c.rejection);
      BOOST_TEST(rejected.reason == c.reason);
    }
  }
}

BOOST_AUTO_TEST_CASE(long_texts_are_shortened_in_messages) {
  BOOST_TEST(quoted(std::string(50, 'x')) == "\"" + std::string(40, 'x') + "…\"");
  BOOST_TEST(quoted("a\nb\x7f") == "\"a?b?\"");
}

}  // namespace tradingd::market
