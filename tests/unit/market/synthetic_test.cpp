#include "daemon/market/synthetic.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "daemon/base/digest.h"
#include "daemon/market/feed_book.h"

#include "tests/unit/market/shipped_calendars.h"

namespace tradingd::market {
namespace {

SyntheticFeed feed_of(const SyntheticSettings& settings, std::string_view calendar = "ALWAYS") {
  return SyntheticFeed::create(settings, market::calendar(calendar)).value();
}

std::string text_of(const std::vector<RawRow>& rows) {
  std::string text;
  for (const RawRow& row : rows) {
    text += row.time + " " + row.symbol + " " + row.open + " " + row.high + " " + row.low + " " + row.close + " " +
            row.volume + "\n";
  }
  return text;
}

std::string walk(SyntheticFeed feed) {
  std::string text;
  std::vector<RawRow> rows;
  while (feed.next(rows)) {
    text += text_of(rows);
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_same_settings_give_the_same_market) {
  SyntheticSettings settings;
  settings.symbols = 3;
  settings.ticks = 1000;
  const std::string first = walk(feed_of(settings));
  BOOST_TEST(first == walk(feed_of(settings)));
  // Fixed for good: a stored ledger must be replayable by every later version.
  BOOST_TEST(to_hex(digest_of(first)) == "e2d2b178d730d5e89822db2a95f1081619841115d4130fbe7e107fe16d4b4842");
  settings.seed = 2;
  BOOST_TEST(first != walk(feed_of(settings)));
}

BOOST_AUTO_TEST_CASE(a_symbol_walks_alike_among_few_and_many) {
  SyntheticSettings settings;
  settings.ticks = 50;
  std::vector<RawRow> alone;
  std::vector<RawRow> together;
  SyntheticFeed one = feed_of(settings);
  settings.symbols = 5;
  SyntheticFeed five = feed_of(settings);
  while (one.next(alone)) {
    BOOST_TEST_REQUIRE(five.next(together));
    BOOST_TEST(alone[0].close == together[0].close);
    BOOST_TEST(together[0].close != together[1].close);
  }
}

BOOST_AUTO_TEST_CASE(every_row_is_acceptable) {
  for (const std::int64_t interval_s : {0, 60}) {
    SyntheticSettings settings;
    settings.seed = 7;
    settings.symbols = 4;
    settings.interval_s = interval_s;
    settings.ticks = 5000;
    SyntheticFeed feed = feed_of(settings, "XNYS");
    FeedRules rules;
    rules.price_jump_max = Ratio{2 * kScale};
    FeedBook book(market::calendar("XNYS"), rules);
    std::vector<RawRow> rows;
    while (feed.next(rows)) {
      for (const RawRow& row : rows) {
        const Offer offer = book.offer(row);
        BOOST_TEST_REQUIRE(bool(offer.status == Offer::Status::accepted), offer.rejected.reason);
        BOOST_TEST_REQUIRE((!offer.closed || offer.closed->tick.session.open));
      }
    }
    BOOST_TEST(book.flush().has_value());
    BOOST_TEST(book.counters().ticks == 5000);
  }
}

BOOST_AUTO_TEST_CASE(times_follow_the_calendar) {
  struct Case {
    const char* calendar;
    std::int64_t interval_s;
    const char* start;
    std::vector<const char*> times;
  };
  const Case cases[] = {
      {"ALWAYS", 0, "2000-01-01", {"2000-01-01T00:00:00Z", "2000-01-02T00:00:00Z"}},
      {"ALWAYS", 43200, "2000-01-01", {"2000-01-01T12:00:00Z", "2000-01-02T00:00:00Z", "2000-01-02T12:00:00Z"}},
      {"XNYS", 0, "2000-01-01", {"2000-01-03T21:00:00Z", "2000-01-04T21:00:00Z"}},
      {"XNYS",
       10800,
       "2000-01-07",
       {"2000-01-07T17:30:00Z", "2000-01-07T20:30:00Z", "2000-01-10T17:30:00Z", "2000-01-10T20:30:00Z",
        "2000-01-11T17:30:00Z"}},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.calendar << " " << c.interval_s) {
      SyntheticSettings settings;
      settings.interval_s = c.interval_s;
      settings.start = parse_date(c.start).value();
      SyntheticFeed feed = feed_of(settings, c.calendar);
      std::vector<RawRow> rows;
      for (const char* time : c.times) {
        BOOST_TEST_REQUIRE(feed.next(rows));
        BOOST_TEST(rows[0].time == time);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(going_on_equals_not_having_stopped) {
  SyntheticSettings settings;
  settings.symbols = 2;
  settings.ticks = 100;
  SyntheticFeed whole = feed_of(settings, "XNSE");
  std::vector<RawRow> rows;
  for (int i = 0; i < 60; ++i) {
    BOOST_TEST_REQUIRE(whole.next(rows));
  }
  SyntheticFeed resumed = feed_of(settings, "XNSE");
  resumed.skip_until(parse_time(rows[0].time).value());
  const std::string rest = walk(std::move(whole));
  BOOST_TEST(!rest.empty());
  const std::string resumed_rest = walk(std::move(resumed));
  BOOST_TEST(rest == resumed_rest);

  SyntheticFeed ended = feed_of(settings, "XNSE");
  ended.skip_until(parse_time("2100-01-01T00:00:00Z").value());
  BOOST_TEST(!ended.next(rows));
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused) {
  const Calendar xnys = market::calendar("XNYS");
  SyntheticSettings settings;
  settings.symbols = 0;
  BOOST_TEST(SyntheticFeed::create(settings, xnys).error().message == "a synthetic feed has 1 to 1000 symbols, not 0");
  settings.symbols = 1;
  settings.interval_s = 86400;
  BOOST_TEST(SyntheticFeed::create(settings, xnys).error().message ==
             "an interval of 86400 s is longer than a session of XNYS; use 0 for one bar a session");
  settings.interval_s = -1;
  BOOST_TEST(!SyntheticFeed::create(settings, xnys).ok());
  settings.interval_s = 0;
  settings.start = from_civil({2199, 1, 1});
  BOOST_TEST(!SyntheticFeed::create(settings, xnys).ok());
}

}  // namespace tradingd::market
