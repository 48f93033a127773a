#include "daemon/config/calendar_file.h"

#include <boost/test/unit_test.hpp>

namespace tradingd::config {

BOOST_AUTO_TEST_CASE(a_calendar_file_is_read_whole) {
  const auto file = parse_calendar_file(
      "title='Here'\nzone='Europe/London'\nbase='london'\nclosed=[2025-02-03, 2025-01-09]\n"
      "[hours]\n1901-01-01='09:00-11:30 12:30-15:00'\n2024-11-05='08:00-24:00'\n"
      "[holidays]\n2026=['12-25', '01-01']\n[sessions]\n2026-12-24='08:00-12:30'\n",
      "f");
  BOOST_TEST_REQUIRE(file.ok(), (file.ok() ? "" : file.error().message));
  BOOST_TEST(file->title == "Here");
  BOOST_TEST((file->base == CalendarBase::london));
  BOOST_TEST(format_date(file->closed.front()) == "2025-01-09");
  BOOST_TEST_REQUIRE(file->hours.size() == 2U);
  const DayHours& early = file->hours.begin()->second;
  BOOST_TEST_REQUIRE(early.size() == 2U);
  BOOST_TEST(early[0].from == 540);
  BOOST_TEST(early[1].to == 900);
  BOOST_TEST(file->hours.rbegin()->second.front().to == 1440);
  BOOST_TEST(format_date(file->holidays.at(2026).front()) == "2026-01-01");
  BOOST_TEST(file->sessions.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_calendar_file_is_told_with_its_line) {
  struct Case {
    const char* toml;
    const char* error;
  };
  const std::string hours = " is not a day's trading: write \"09:30-16:00\", or \"09:00-11:30 12:30-15:30\"";
  const Case cases[] = {
      {"",
       "f: zone: is missing: write the exchange's time zone, such as \"Europe/London\"\n"
       "f: hours: is missing: write a table of the usual hours, such as 1901-01-01 = \"09:30-16:00\""},
      {"zone='UTC'\nbse='india'\n[hours]\n", "f:2: bse: is unknown; did you mean base?"},
      {"zone='UTC'\nbase='paris'\n[hours]\n2000-01-01='09:00-10:00'",
       "f:2: base: \"paris\" must be one of \"weekdays\", \"every_day\", \"new_york\", \"london\", \"india\", "
       "\"japan\", "
       "\"hong_kong\""},
      {"zone='UTC'\nclosed=['soon']\n[hours]\n2000-01-01='09:00-10:00'",
       "f:2: closed: \"soon\" is not a date; write it as 2025-01-09"},
      {"zone='UTC'\n[hours]\nalways='09:00-10:00'", "f:3: hours.always: is not a date; write it as 2024-11-05"},
      {"zone='UTC'\n[hours]\n2000-01-01='09:00-10:00'\n[holidays]\n26=['01-01']\n2026=['02-30']",
       "f:5: holidays.26: is not a year\n"
       "f:6: holidays.2026: \"02-30\" is not a day of the year; write it as \"12-25\""},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.toml) {
      const auto file = parse_calendar_file(c.toml, "f");
      BOOST_TEST_REQUIRE(!file.ok());
      BOOST_TEST(file.error().message.find(c.error) != std::string::npos, file.error().message);
    }
  }
  for (const char* wrong : {"", "9:30-16:00", "09:30-09:30", "16:00-09:30", "09:30", "09:30-24:01", "09:30-16:60",
                            "09:00-12:00 12:00-13:00", "09:00-12:00  13:00-14:00", "09:00-12:00 11:00-13:00"}) {
    const auto file = parse_calendar_file("zone='UTC'\n[hours]\n2000-01-01='" + std::string(wrong) + "'", "f");
    BOOST_TEST_REQUIRE(!file.ok(), wrong);
    BOOST_TEST(file.error().message == "f:3: hours.2000-01-01: \"" + std::string(wrong) + "\"" + hours);
  }
}

}  // namespace tradingd::config
