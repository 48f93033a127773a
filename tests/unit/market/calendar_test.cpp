#include "daemon/market/calendar.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/market/shipped_calendars.h"

namespace tradingd::market {
namespace {

Date date(std::string_view text) { return parse_date(text).value(); }
Time time(std::string_view text) { return parse_time(text).value(); }

std::string times_text(const std::optional<SessionTimes>& times) {
  return times ? format_time(times->opens) + " " + format_time(times->closes) : "none";
}

}  // namespace

BOOST_AUTO_TEST_CASE(sessions_open_and_close_in_exchange_time) {
  struct Case {
    const char* calendar;
    const char* date;
    const char* times;
  };
  const Case cases[] = {
      {"XNYS", "2020-03-06", "2020-03-06T14:30:00Z 2020-03-06T21:00:00Z"},
      {"XNYS", "2020-03-08", "none"},  // Sunday; the clocks change
      {"XNYS", "2020-03-09", "2020-03-09T13:30:00Z 2020-03-09T20:00:00Z"},
      {"XNYS", "2020-10-30", "2020-10-30T13:30:00Z 2020-10-30T20:00:00Z"},
      {"XNYS", "2020-11-02", "2020-11-02T14:30:00Z 2020-11-02T21:00:00Z"},
      {"XNYS", "2020-04-10", "none"},  // Good Friday
      {"XNYS", "2001-09-12", "none"},
      {"XNAS", "2024-07-05", "2024-07-05T13:30:00Z 2024-07-05T20:00:00Z"},
      {"XLON", "2020-03-27", "2020-03-27T08:00:00Z 2020-03-27T16:30:00Z"},
      {"XLON", "2020-03-30", "2020-03-30T07:00:00Z 2020-03-30T15:30:00Z"},
      {"XNSE", "2020-01-27", "2020-01-27T03:45:00Z 2020-01-27T10:00:00Z"},
      {"XBOM", "2023-01-26", "none"},  // Republic Day
      {"XTKS", "2024-11-01", "2024-11-01T00:00:00Z 2024-11-01T06:00:00Z"},
      {"XTKS", "2024-11-05", "2024-11-05T00:00:00Z 2024-11-05T06:30:00Z"},
      {"XHKG", "2011-03-04", "2011-03-04T02:00:00Z 2011-03-04T08:00:00Z"},
      {"XHKG", "2011-03-07", "2011-03-07T01:30:00Z 2011-03-07T08:00:00Z"},
      {"ALWAYS", "2020-01-01", "2020-01-01T00:00:00Z 2020-01-02T00:00:00Z"},
      {"XNYS", "1900-06-01", "none"},  // before the known days
      {"XNYS", "2200-06-02", "none"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.calendar << " " << c.date) {
      const auto times = calendar(c.calendar).session_of(date(c.date));
      BOOST_TEST(times_text(times) == c.times);
      BOOST_TEST(calendar(c.calendar).is_session(date(c.date)) == times.has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(market_is_open_from_open_to_close_both_included) {
  struct Case {
    const char* calendar;
    const char* time;
    const char* date;
    bool open;
    int offset_s;
    bool closes;
  };
  const Case cases[] = {
      {"XNYS", "2020-04-17T13:29:59.999999Z", "2020-04-17", false, -14400, true},
      {"XNYS", "2020-04-17T13:30:00Z", "2020-04-17", true, -14400, true},
      {"XNYS", "2020-04-17T20:00:00Z", "2020-04-17", true, -14400, true},
      {"XNYS", "2020-04-17T20:00:00.000001Z", "2020-04-17", false, -14400, true},
      {"XNYS", "2020-04-18T03:59:59Z", "2020-04-17", false, -14400, true},
      {"XNYS", "2020-04-18T15:00:00Z", "2020-04-18", false, -14400, false},
      {"XTKS", "2024-11-04T23:59:59Z", "2024-11-05", false, 32400, true},
      {"XNSE", "2020-01-27T04:00:00Z", "2020-01-27", true, 19800, true},
      {"ALWAYS", "2020-04-18T15:00:00Z", "2020-04-18", true, 0, false},
      {"ALWAYS", "1969-12-31T23:59:59Z", "1969-12-31", true, 0, false},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.calendar << " " << c.time) {
      const engine::Session session = calendar(c.calendar).session_at(time(c.time));
      BOOST_TEST(format_date(session.date) == c.date);
      BOOST_TEST(session.open == c.open);
      BOOST_TEST(session.utc_offset_s == c.offset_s);
      BOOST_TEST(session.closes.has_value() == c.closes);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_session_close_matches_the_session_of_its_day) {
  const Calendar xnys = calendar("XNYS");
  BOOST_TEST(format_time(*xnys.session_at(time("2020-04-17T15:00:00Z")).closes) == "2020-04-17T20:00:00Z");
}

BOOST_AUTO_TEST_CASE(next_session_skips_weekends_and_holidays) {
  const Calendar xnys = calendar("XNYS");
  BOOST_TEST(format_date(*xnys.next_session(date("2020-04-09"))) == "2020-04-13");
  BOOST_TEST(format_date(*xnys.next_session(date("2001-09-10"))) == "2001-09-17");
  BOOST_TEST(format_date(*xnys.next_session(date("1800-01-01"))) == "1901-01-02");
  BOOST_TEST(!xnys.next_session(date("2199-12-31")).has_value());
  BOOST_TEST(format_date(*calendar("ALWAYS").next_session(date("2019-12-31"))) == "2020-01-01");
}

BOOST_AUTO_TEST_CASE(a_date_alone_means_the_session_close) {
  BOOST_TEST(format_time(calendar("XNYS").daily_time(date("2000-01-03"))) == "2000-01-03T21:00:00Z");
  BOOST_TEST(format_time(calendar("XNYS").daily_time(date("2000-01-01"))) == "2000-01-01T21:00:00Z");  // no session
  BOOST_TEST(format_time(calendar("XNYS").daily_time(date("2000-07-04"))) == "2000-07-04T20:00:00Z");
  BOOST_TEST(format_time(calendar("ALWAYS").daily_time(date("2000-01-01"))) == "2000-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(clock_changes_are_not_guessed_at) {
  constexpr std::int64_t kHour = 3'600 * kMicrosecondsPerSecond;
  const Calendar xnys = calendar("XNYS");
  BOOST_TEST(!xnys.to_utc(date("2020-03-08"), 2 * kHour + kHour / 2).has_value());  // spring skips 02:30
  BOOST_TEST(format_time(*xnys.to_utc(date("2020-03-08"), 3 * kHour)) == "2020-03-08T07:00:00Z");
  BOOST_TEST(format_time(*xnys.to_utc(date("2020-11-01"), kHour + kHour / 2)) == "2020-11-01T05:30:00Z");  // the first
}

BOOST_AUTO_TEST_CASE(an_unknown_calendar_names_the_known_ones) {
  const auto found = shipped_calendars().find("NYSE");
  BOOST_TEST_REQUIRE(!found.ok());
  BOOST_TEST(found.error().message ==
             "there is no calendar \"NYSE\"; there are ALWAYS XBOM XHKG XLON XNAS XNSE XNYS XTKS");
}

}  // namespace tradingd::market
