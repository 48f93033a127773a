#include "daemon/base/time.h"

#include <boost/test/unit_test.hpp>

using namespace tradingd;

BOOST_AUTO_TEST_CASE(the_earliest_time_has_a_text) { BOOST_TEST(format_time(kTimeMin).ends_with("Z")); }

BOOST_AUTO_TEST_CASE(times_are_read_with_their_zone) {
  struct Row {
    const char* text;
    const char* expected;  // nullptr: refused
  };
  constexpr Row kRows[] = {
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
      {"2020-04-17T20:00:00Z", "2020-04-17T20:00:00Z"},
      {"2020-04-17 20:00:00Z", "2020-04-17T20:00:00Z"},
      {"2020-04-17T16:00:00-04:00", "2020-04-17T20:00:00Z"},
      {"2020-04-17T01:30:00+05:30", "2020-04-16T20:00:00Z"},
      {"2020-02-29T23:59:59.5Z", "2020-02-29T23:59:59.5Z"},
      {"2020-02-29T23:59:59.123456Z", "2020-02-29T23:59:59.123456Z"},
      {"2020-02-29T23:59:59.120000Z", "2020-02-29T23:59:59.12Z"},
      {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
      {"2020-04-17T20:00:00", nullptr},  // no zone
      {"2020-04-17", nullptr},
      {"2019-02-29T00:00:00Z", nullptr},
      {"2020-13-01T00:00:00Z", nullptr},
      {"2020-00-01T00:00:00Z", nullptr},
      {"2020-04-31T00:00:00Z", nullptr},
      {"0000-01-01T00:00:00Z", nullptr},
      {"2020-04-17T24:00:00Z", nullptr},
      {"2020-04-17T20:60:00Z", nullptr},
      {"2020-04-17T20:00:60Z", nullptr},
      {"2020-04-17T20:00:00.Z", nullptr},
      {"2020-04-17T20:00:00.1234567Z", nullptr},
      {"2020-04-17T20:00:00Zx", nullptr},
      {"2020-04-17T20:00:00+0530", nullptr},
      {"2020-04-17T20:00:00+15:00", nullptr},
      {"2020-4-17T20:00:00Z", nullptr},
      {"", nullptr},
  };
  for (const Row& row : kRows) {
    BOOST_TEST_CONTEXT('"' << row.text << '"') {
      const Result<Time> time = parse_time(row.text);
      BOOST_TEST_REQUIRE(time.ok() == (row.expected != nullptr));
      if (time.ok()) {
        BOOST_TEST(format_time(*time) == row.expected);
      } else {
        BOOST_TEST(time.error().message.find("is not a time; write it as") != std::string::npos);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(dates_are_read_and_written) {
  for (const char* text : {"1970-01-01", "2000-02-29", "1999-12-31", "0001-01-01", "9999-12-31"}) {
    const Result<Date> date = parse_date(text);
    BOOST_TEST_REQUIRE(date.ok());
    BOOST_TEST(format_date(*date) == text);
  }
  for (const char* text : {"1900-02-29", "2020-1-1", "2020-01-01 ", "20200101", "2020-01-32", ""}) {
    BOOST_TEST(!parse_date(text).ok(), text);
  }
}

BOOST_AUTO_TEST_CASE(civil_dates_count_days) {
  BOOST_TEST(from_civil({1970, 1, 1}).days == 0);
  BOOST_TEST(from_civil({2000, 3, 1}).days == 11017);
  BOOST_TEST(from_civil({1969, 12, 31}).days == -1);
  for (std::int32_t days = -200'000; days < 200'000; days += 97) {
    BOOST_TEST_REQUIRE(from_civil(to_civil(Date{days})).days == days);
  }
}

BOOST_AUTO_TEST_CASE(weekdays_and_months) {
  BOOST_TEST(weekday(from_civil({1970, 1, 1})) == 4);
  BOOST_TEST(weekday(from_civil({2024, 2, 25})) == 0);
  BOOST_TEST(days_in_month(2000, 2) == 29);
  BOOST_TEST(days_in_month(1900, 2) == 28);
  BOOST_TEST(days_in_month(2023, 12) == 31);
}

BOOST_AUTO_TEST_CASE(a_time_belongs_to_its_utc_day) {
  BOOST_TEST(utc_date(Time{0}).days == 0);
  BOOST_TEST(utc_date(Time{-1}).days == -1);
  BOOST_TEST(utc_date(Time{kMicrosecondsPerDay - 1}).days == 0);
  BOOST_TEST(utc_date(Time{kMicrosecondsPerDay}).days == 1);
  BOOST_TEST(midnight_utc(Date{-1}).us == -kMicrosecondsPerDay);
}
