#include "daemon/market/feed_book.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/market/shipped_calendars.h"

namespace tradingd::market {
namespace {

FeedBook book(FeedRules rules = {}, std::string_view calendar = "ALWAYS") {
  return FeedBook(market::calendar(calendar), rules);
}

RawRow price_row(const std::string& time, const std::string& symbol, const std::string& price,
                 const std::string& market = "") {
  RawRow row;
  row.line = 1;
  row.time = time;
  row.symbol = symbol;
  row.price = price;
  row.market = market;
  return row;
}

std::string text_of(const std::optional<ClosedTick>& closed) {
  if (!closed) {
    return "-";
  }
  std::string text = format_time(closed->tick.time);
  for (const engine::Bar& bar : closed->tick.bars) {
    text += " " + std::to_string(bar.instrument.value) + "=" + to_string(bar.close);
  }
  for (const engine::Instrument& instrument : closed->added) {
    text += " +" + instrument.symbol;
  }
  return text;
}

/// "accepted", "duplicate", or "rejected <counter>".
std::string text_of(const Offer& offer) {
  switch (offer.status) {
    case Offer::Status::accepted:
      return "accepted";
    case Offer::Status::duplicate:
      return "duplicate";
    case Offer::Status::rejected:
      break;
  }
  return "rejected " + std::string(to_text(offer.rejected.rejection));
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_of_one_time_form_a_tick_and_a_later_time_closes_it) {
  struct Case {
    RawRow row;
    const char* answer;
    const char* closed = "-";
  };
  const Case cases[] = {
      {price_row("2000-01-01", "MSFT", "39.81"), "accepted"},
      {price_row("2000-01-01", "AAPL", "25.94"), "accepted"},
      {price_row("2000-01-01", "MSFT", "39.810"), "duplicate"},
      {price_row("2000-01-01", "MSFT", "39.82"), "rejected quarantined"},
      {price_row("1999-12-31", "IBM", "100"), "rejected time_not_advancing"},
      {price_row("2000-01-02", "AAPL", "28.66"), "accepted", "2000-01-01T00:00:00Z 0=39.81 1=25.94 +MSFT +AAPL"},
      {price_row("2000-01-01", "MSFT", "39.81"), "duplicate"},  // sent again after its tick was closed
      {price_row("2000-01-01", "MSFT", "39.82"), "rejected quarantined"},
      {price_row("2000-01-01", "AAPL", "25.94"), "rejected time_not_advancing"},  // it has a later row
      {price_row("2000-01-02", "MSFT", "36.35"), "accepted"},
      {price_row("2000-01-03", "MSFT", "oops"), "rejected malformed"},  // closes nothing
      {price_row("2000-01-03", "MSFT", "-1"), "rejected invalid_price"},
      {price_row("2000-01-03", "MSFT", "37"), "accepted", "2000-01-02T00:00:00Z 0=36.35 1=28.66"},
  };
  FeedBook feed = book();
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.row.time << " " << c.row.symbol << " " << c.row.price) {
      const Offer offer = feed.offer(c.row);
      BOOST_TEST(text_of(offer) == c.answer);
      BOOST_TEST(text_of(offer.closed) == c.closed);
      if (offer.status == Offer::Status::rejected) {
        BOOST_TEST(offer.rejected.line == 1);
        BOOST_TEST(!offer.rejected.reason.empty());
      }
    }
  }
  BOOST_TEST(text_of(feed.flush()) == "2000-01-03T00:00:00Z 0=37");
  BOOST_TEST(text_of(feed.flush()) == "-");
  BOOST_TEST(feed.counters().accepted == 5);
  BOOST_TEST(feed.counters().duplicates == 2);
  BOOST_TEST(feed.counters().ticks == 3);
  BOOST_TEST(feed.counters().rejected_total() == 6);
  BOOST_TEST(feed.counters().rejected[static_cast<std::size_t>(Rejection::quarantined)] == 2);
  BOOST_TEST(format_time(feed.last_time()) == "2000-01-03T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(after_a_flush_the_same_time_is_over) {
  FeedBook feed = book();
  BOOST_TEST(text_of(feed.offer(price_row("2000-01-01", "A", "1"))) == "accepted");
  BOOST_TEST(feed.flush().has_value());
  BOOST_TEST(text_of(feed.offer(price_row("2000-01-01", "B", "1"))) == "rejected time_not_advancing");
  BOOST_TEST(text_of(feed.offer(price_row("2000-01-01", "A", "1"))) == "duplicate");
  BOOST_TEST(text_of(feed.offer(price_row("2000-01-01T00:00:00.000001Z", "B", "1"))) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_refused_row_registers_no_symbol) {
  FeedBook feed = book();
  BOOST_TEST(text_of(feed.offer(price_row("2000-01-01", "A", "0"))) == "rejected invalid_price");
  BOOST_TEST(feed.instrument_count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_closed_feed_takes_no_new_symbols) {
  FeedRules rules;
  rules.instruments_max = 1;
  FeedBook small = book(rules);
  BOOST_TEST(text_of(small.offer(price_row("2000-01-01", "A", "1"))) == "accepted");
  BOOST_TEST(text_of(small.offer(price_row("2000-01-01", "B", "1"))) == "rejected unknown_symbol");
  rules.takes_new_symbols = false;
  FeedBook closed = book(rules);
  BOOST_TEST(text_of(closed.offer(price_row("2000-01-01", "A", "1"))) == "rejected unknown_symbol");
}

BOOST_AUTO_TEST_CASE(a_jump_beyond_the_collar_is_refused) {
  struct Case {
    const char* price;
    const char* answer;
  };
  const Case cases[] = {{"100", "accepted"},
                        {"1000", "accepted"},
                        {"10000.00000001", "rejected price_jump"},
                        {"99.9", "rejected price_jump"},
                        {"100", "accepted"},
                        {"10", "accepted"}};
  FeedRules rules;
  rules.price_jump_max = Ratio{10 * kScale};
  FeedBook feed = book(rules);
  int day = 1;
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.price) {
      BOOST_TEST(text_of(feed.offer(price_row("2000-01-0" + std::to_string(day++), "A", c.price))) == c.answer);
    }
  }
  const Offer refused = feed.offer(price_row("2000-01-09", "A", "101"));
  BOOST_TEST(
      refused.rejected.reason ==
      "101 is a jump from 10 beyond feeds.price_jump_max = 10; raise the setting (0: any) if the price is right");
  feed.set_price_jump_max(Ratio{});
  BOOST_TEST(text_of(feed.offer(price_row("2000-01-09", "A", "101"))) == "accepted");
}

BOOST_AUTO_TEST_CASE(the_feed_may_say_open_or_closed_itself) {
  struct Case {
    const char* calendar;
    const char* time;
    const char* market;
    bool open;
  };
  const Case cases[] = {
      {"XNYS", "2020-04-17", "", true},                     // the session's close
      {"XNYS", "2020-04-18", "", true},                     // a date alone on a Saturday: the file means it
      {"XNYS", "2020-04-18", "closed", false},              // unless it says so
      {"XNYS", "2020-04-18T15:00:00Z", "", false},          //
      {"XNYS", "2020-04-18T15:00:00Z", "open", true},       // the feed wins
      {"XNYS", "2020-04-17T15:00:00Z", "closed", false},    //
      {"ALWAYS", "2020-04-17T15:00:00Z", "closed", false},  //
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.calendar << " " << c.time << " " << c.market) {
      FeedBook feed = book({}, c.calendar);
      BOOST_TEST(text_of(feed.offer(price_row(c.time, "A", "1", c.market))) == "accepted");
      BOOST_TEST(feed.flush()->tick.session.open == c.open);
    }
  }
  FeedBook feed = book();
  BOOST_TEST(text_of(feed.offer(price_row("2020-04-17", "A", "1", "closed"))) == "accepted");
  BOOST_TEST(text_of(feed.offer(price_row("2020-04-17", "B", "1", "open"))) == "rejected malformed");
  BOOST_TEST(text_of(feed.offer(price_row("2020-04-18", "B", "1", "open"))) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_restored_book_goes_on_where_the_stored_feed_ended) {
  FeedBook first = book();
  engine::Market market;
  for (const char* symbol : {"A", "B"}) {
    BOOST_TEST(text_of(first.offer(price_row("2000-01-01", symbol, "1"))) == "accepted");
  }
  const ClosedTick tick = first.flush().value();
  for (const engine::Instrument& instrument : tick.added) {
    market.add_instrument(instrument);
  }
  market.apply(tick.tick);

  FeedBook second = book();
  second.restore(market);
  second.restore(first.counters());
  BOOST_TEST(second.instrument_count() == 2U);
  BOOST_TEST(text_of(second.offer(price_row("2000-01-01", "B", "1"))) == "duplicate");
  BOOST_TEST(text_of(second.offer(price_row("2000-01-01", "B", "2"))) == "rejected quarantined");
  BOOST_TEST(text_of(second.offer(price_row("2000-01-01", "C", "2"))) == "rejected time_not_advancing");
  BOOST_TEST(text_of(second.offer(price_row("2000-01-02", "C", "3"))) == "accepted");
  BOOST_TEST(text_of(second.flush()) == "2000-01-02T00:00:00Z 2=3 +C");
  BOOST_TEST(second.counters().accepted == 3);
}

}  // namespace tradingd::market
