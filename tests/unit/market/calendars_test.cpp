// The calendars that are shipped, against independent lists of holidays, sessions and half days.

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/unit/market/shipped_calendars.h"

namespace tradingd::market {
namespace {

Date date(const std::string& text) { return parse_date(text).value(); }

/// One list: by year, the weekdays without a session and the weekend days with one; and half days.
struct List {
  std::map<int, std::set<Date>> closed;
  std::map<int, std::set<Date>> open;
  std::map<Date, std::string> half;  // "02:00 04:30", UTC; empty where the list doesn't say
};

List read_list(const std::string& name) {
  List list;
  std::ifstream lines(std::string(TD_SOURCE_DIR) + "/tests/unit/market/calendars/" + name);
  BOOST_TEST_REQUIRE(lines.is_open(), name);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string what;
    if (line.front() == '#' || !(words >> first)) {
      continue;
    }
    if (first.size() == 10) {
      std::string closes;
      words >> what >> closes;
      list.half[date(first)] = closes.empty() ? "" : what + " " + closes;
      continue;
    }
    std::set<Date>* days = nullptr;
    for (std::string word; words >> word;) {
      if (word == "closed" || word == "open") {
        days = &(word == "open" ? list.open : list.closed)[std::stoi(first)];
      } else {
        days->insert(date(first + "-" + word));
      }
    }
  }
  return list;
}

bool is_weekend(Date day) { return weekday(day) == 0 || weekday(day) == 6; }

/// "2024-01-20" for each day of those years that the calendar and the list see differently.
std::string differences(const Calendar& calendar, const List& list, Date first, Date last) {
  std::string text;
  for (Date day = first; day <= last; ++day.days) {
    const int year = to_civil(day).year;
    const auto listed = [&](const std::map<int, std::set<Date>>& days) {
      const auto found = days.find(year);
      return found != days.end() && found->second.contains(day);
    };
    const bool session = is_weekend(day) ? listed(list.open) : !listed(list.closed);
    if (session != calendar.is_session(day)) {
      text += format_date(day) + " ";
    }
  }
  return text;
}

std::string hours(const Calendar& calendar, const std::string& day) {
  std::string text;
  for (const TradingTime& trading : calendar.trading_of(date(day))) {
    text += (text.empty() ? "" : " ") + format_time(trading.from).substr(11, 5) + "-" +
            format_time(trading.to).substr(11, 5);
  }
  return text.empty() ? "closed" : text;
}

std::string closes(const Calendar& calendar, Date day) {
  const auto times = calendar.session_of(day);
  return times ? format_time(times->opens).substr(11, 5) + " " + format_time(times->closes).substr(11, 5) : "none";
}

}  // namespace

BOOST_AUTO_TEST_CASE(bombay_has_the_listed_sessions_and_those_on_holidays) {
  // Evening and weekend sessions that the list doesn't have.
  const std::string evenings =
      "2009-10-17 2013-11-03 2014-10-23 2015-02-28 2015-11-11 2016-10-30 2017-10-19 2018-11-07 2019-10-27 2020-02-01 "
      "2020-11-14 2021-11-04 2022-10-24 2023-11-12 2024-03-02 2024-05-18 2024-11-01 2025-10-21 2026-02-01 2026-11-08 ";
  BOOST_TEST(differences(calendar("XBOM"), read_list("xbom.txt"), date("1997-01-01"), date("2026-12-31")) == evenings);
}

BOOST_AUTO_TEST_CASE(the_nse_has_the_listed_holidays_of_its_own) {
  List list = read_list("india.txt");
  // The list has no evening sessions on weekdays that are holidays, and takes those days for ordinary ones.
  std::string found = differences(calendar("XNSE"), list, date("2017-01-01"), date("2021-12-31"));
  BOOST_TEST(found == "2019-10-27 2020-02-01 2020-11-14 ");
  BOOST_TEST(hours(calendar("XNSE"), "2017-10-19") == "13:00-14:00");
  BOOST_TEST(hours(calendar("XNSE"), "2018-11-07") == "12:00-13:00");
  BOOST_TEST(hours(calendar("XNSE"), "2019-10-27") == "12:45-13:45");
  BOOST_TEST(hours(calendar("XNSE"), "2020-02-01") == "03:45-10:00");
  BOOST_TEST(hours(calendar("XNSE"), "2020-11-14") == "12:45-13:45");
  BOOST_TEST(hours(calendar("XNSE"), "2021-11-04") == "12:45-13:45");
  BOOST_TEST(hours(calendar("XNSE"), "2024-03-02") == "03:45-04:30 06:00-07:00");
}

BOOST_AUTO_TEST_CASE(tokyo_and_hong_kong_have_the_listed_sessions) {
  BOOST_TEST(differences(calendar("XTKS"), read_list("xtks.txt"), date("2000-01-01"), date("2026-12-30")).empty());
  const List hong_kong = read_list("xhkg.txt");
  BOOST_TEST(differences(calendar("XHKG"), hong_kong, date("1990-01-01"), date("2025-09-05")).empty());
  BOOST_TEST(hong_kong.half.size() == 59U);
  for (const auto& [day, times] : hong_kong.half) {
    BOOST_TEST_CONTEXT(format_date(day)) { BOOST_TEST(closes(calendar("XHKG"), day) == times); }
  }
  BOOST_TEST(hours(calendar("XTKS"), "2011-11-18") == "00:00-02:00 03:30-06:00");
  BOOST_TEST(hours(calendar("XTKS"), "2024-11-05") == "00:00-02:30 03:30-06:30");
}

BOOST_AUTO_TEST_CASE(new_york_has_the_listed_holidays_and_half_days) {
  const List usa = read_list("usa.txt");
  for (const char* const name : {"XNYS", "XNAS"}) {
    const Calendar exchange = calendar(name);
    BOOST_TEST(differences(exchange, usa, date("1998-01-01"), date("2027-12-31")).empty(), name);
    for (const auto& [day, times] : usa.half) {
      if (day <= date("2027-12-31") && exchange.is_session(day)) {
        BOOST_TEST((closes(exchange, day).ends_with("17:00") || closes(exchange, day).ends_with("18:00")),
                   format_date(day));
        BOOST_TEST(exchange.is_special(day), format_date(day));
      }
    }
    // And no others, from the list's first on; it lacks the last session of 1999.
    for (Date day = date("1999-11-01"); day <= date("2027-12-31"); ++day.days) {
      if (exchange.is_special(day) && format_date(day) != "1999-12-31") {
        BOOST_TEST(usa.half.contains(day), format_date(day));
      }
    }
  }
  BOOST_TEST(hours(calendar("XNYS"), "1990-12-24") == "14:30-19:00");  // until 1992 at two o'clock
  BOOST_TEST(hours(calendar("XNYS"), "1993-11-26") == "14:30-18:00");
  BOOST_TEST(hours(calendar("XNYS"), "1995-07-03") == "13:30-17:00");
  BOOST_TEST(hours(calendar("XNYS"), "1994-04-27") == "closed");  // mourning for President Nixon
}

BOOST_AUTO_TEST_CASE(london_closes_for_what_was_proclaimed) {
  for (const char* const day : {"1995-05-08", "1999-12-31", "2002-06-03", "2011-04-29", "2012-06-05", "2020-05-08",
                                "2022-06-02", "2022-06-03", "2022-09-19", "2023-05-08", "2027-12-27", "2027-12-28"}) {
    BOOST_TEST(hours(calendar("XLON"), day) == "closed", day);
  }
  BOOST_TEST(hours(calendar("XLON"), "2020-05-04") == "07:00-15:30");  // moved to the 8th
  BOOST_TEST(hours(calendar("XLON"), "2022-05-30") == "07:00-15:30");  // moved to 2 June
  BOOST_TEST(hours(calendar("XLON"), "2026-12-24") == "08:00-12:30");
  BOOST_TEST(hours(calendar("XLON"), "2022-12-30") == "08:00-12:30");  // New Year's Eve was a Saturday
}

BOOST_AUTO_TEST_CASE(breaks_are_closed_and_their_ends_are_not) {
  const Calendar tokyo = calendar("XTKS");
  struct Case {
    const char* time;
    bool open;
  };
  for (const Case c : {Case{"2024-11-05T02:30:00Z", true}, Case{"2024-11-05T02:30:01Z", false},
                       Case{"2024-11-05T03:29:59Z", false}, Case{"2024-11-05T03:30:00Z", true}}) {
    BOOST_TEST(tokyo.session_at(parse_time(c.time).value()).open == c.open, c.time);
  }
  BOOST_TEST(format_time(*tokyo.session_at(parse_time("2024-11-05T03:00:00Z").value()).closes) ==
             "2024-11-05T06:30:00Z");
}

BOOST_AUTO_TEST_CASE(the_engine_sees_the_same_sessions) {
  for (const auto& [name, exchange] : shipped_calendars().calendars()) {
    const auto table = exchange.sessions().value();
    BOOST_TEST((table == nullptr) == (name == kAlways));
    if (table == nullptr) {
      continue;
    }
    BOOST_TEST_CONTEXT(name) {
      for (Date day = date("1990-01-01"); day <= date("2027-12-31"); ++day.days) {
        const auto times = exchange.session_of(day);
        const auto known = table->on(day);
        BOOST_TEST_REQUIRE((times.has_value() == known.has_value()), format_date(day));
        BOOST_TEST_REQUIRE((!times || (times->opens == known->opens && times->closes == known->closes)),
                           format_date(day));
      }
      const auto read = engine::SessionTable::parse(table->text());
      BOOST_TEST_REQUIRE(read.ok());
      BOOST_TEST((read->digest() == table->digest()));
    }
  }
}

}  // namespace tradingd::market
