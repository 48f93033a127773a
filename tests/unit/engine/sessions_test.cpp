#include "daemon/engine/sessions.h"

#include <boost/test/unit_test.hpp>

#include "daemon/engine/schedule.h"

using namespace tradingd;
using namespace tradingd::engine;

namespace {

constexpr std::int32_t kHour = 3600;

Date date(const char* text) { return parse_date(text).value(); }

/// Monday 2024-01-01 to Sunday 2024-01-07; Wednesday is a half day, Thursday is closed.
SessionTable week() {
  return {"WEEK",
          date("2024-01-01"),
          {1, 1, 2, 0, 1, 0, 0},
          {{9 * kHour, 17 * kHour, kHour}, {9 * kHour, 12 * kHour, kHour}}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_table_of_sessions_knows_its_days_and_no_others) {
  const SessionTable table = week();
  BOOST_TEST(format_date(table.last()) == "2024-01-07");
  BOOST_TEST(format_time(table.on(date("2024-01-03"))->opens) == "2024-01-03T08:00:00Z");
  BOOST_TEST(format_time(table.on(date("2024-01-03"))->closes) == "2024-01-03T11:00:00Z");
  BOOST_TEST(!table.on(date("2024-01-04")).has_value());
  BOOST_TEST(!table.on(date("2023-12-29")).has_value());
  BOOST_TEST(format_date(*table.at_or_after(date("2024-01-04"))) == "2024-01-05");
  BOOST_TEST(format_date(*table.at_or_before(date("2024-01-04"))) == "2024-01-03");
  BOOST_TEST(!table.at_or_after(date("2024-01-06")).has_value());
  BOOST_TEST(!table.at_or_before(date("2023-12-31")).has_value());
}

BOOST_AUTO_TEST_CASE(a_table_of_sessions_is_its_text) {
  const SessionTable table = week();
  BOOST_TEST(table.text() == "WEEK\n2024-01-01\n32400 61200 3600\n32400 43200 3600\n\n//0./..");
  const auto read = SessionTable::parse(table.text());
  BOOST_TEST_REQUIRE(read.ok());
  BOOST_TEST((read->digest() == table.digest()));
  for (const char* wrong :
       {"", "WEEK\n", "WEEK\n2024-01-01\n\n", "WEEK\n2024-01-01\n\n/", "WEEK\n2024-01-01\n1 2\n\n/",
        "WEEK\n2024-01-01\n1 2 3 4\n\n/", "WEEK\n2024-01-01\n1 2 3\n\n0", "WEEK\nsoon\n1 2 3\n\n/"}) {
    BOOST_TEST(!SessionTable::parse(wrong).ok(), wrong);
  }
}

BOOST_AUTO_TEST_CASE(outside_the_known_days_weekdays_count) {
  const SessionTable table = week();
  Schedule schedule;
  schedule.rule = DayRule::trading_day;
  schedule.nth = 1;
  const Date anchor = date("2024-01-01");
  BOOST_TEST(format_date(due_date(schedule, &table, anchor, 0)) == "2024-01-01");
  BOOST_TEST(format_date(due_date(schedule, &table, anchor, 5)) == "2024-06-03");  // the 1st is a Saturday
  schedule.nth = kLast;
  BOOST_TEST(format_date(due_date(schedule, &table, anchor, 2)) == "2024-03-29");  // the 31st is a Sunday
  BOOST_TEST(format_date(due_date(schedule, nullptr, anchor, 2)) == "2024-03-31");
}
