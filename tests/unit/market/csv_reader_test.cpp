#include "daemon/market/csv_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "daemon/market/feed_book.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/market/shipped_calendars.h"

namespace tradingd::market {
namespace {

CsvReader open_text(const TemporaryFolder& folder, std::string_view text, const std::string& symbol = "X",
                    std::string_view exchange = "ALWAYS") {
  folder.write("feed.csv", text);
  auto reader = CsvReader::open(folder.path(), "feed.csv", symbol, calendar(exchange));
  BOOST_TEST_REQUIRE(reader.ok(), (reader.ok() ? "" : reader.error().message));
  return std::move(reader).value();
}

/// One text for each item: "3: 2000-01-03 X open/high/low/close volume", "4! column: reason".
std::vector<std::string> items_of(CsvReader& reader) {
  std::vector<std::string> items;
  for (;;) {
    const CsvItem item = reader.next().value();
    if (item.kind == CsvItem::Kind::end) {
      return items;
    }
    const RawRow& row = item.row;
    items.push_back(item.kind == CsvItem::Kind::rejected
                        ? std::to_string(item.rejected.line) + "! " + item.rejected.column + ": " + item.rejected.reason
                        : std::to_string(row.line) + ": " + row.time + " " + row.symbol + " " +
                              (row.open.empty() ? row.price + row.close
                                                : row.open + "/" + row.high + "/" + row.low + "/" + row.close) +
                              (row.volume.empty() ? "" : " v" + row.volume) +
                              (row.market.empty() ? "" : " " + row.market));
  }
}

void check_items(CsvReader& reader, const std::vector<std::string>& wanted) {
  const std::vector<std::string> items = items_of(reader);
  BOOST_CHECK_EQUAL_COLLECTIONS(items.begin(), items.end(), wanted.begin(), wanted.end());
}

}  // namespace

BOOST_AUTO_TEST_CASE(files_of_many_forms_are_understood) {
  struct Case {
    const char* text;
    const char* symbol;
    const char* probe;
    std::vector<std::string> items;
  };
  const Case cases[] = {
      {"date,open,high,low,close,adjclose,volume\n2000-01-03,2,3,1,2,9,100\n2000-01-04,3,4,2,3,9,200",
       "SPX",
       "2 bars from 2000-01-03T00:00:00Z to 2000-01-04T00:00:00Z; columns date, open, high, low, close, volume; "
       "ignored: "
       "adjclose; the layout of Yahoo Finance",
       {"2: 2000-01-03 SPX 2/3/1/2 v100", "3: 2000-01-04 SPX 3/4/2/3 v200"}},
      {"\xef\xbb\xbf\"Date\",\"Adj Close\",\"Price\"\r\n\"Jan 1, 2000\",1,\"39.81\"\r\n\r\n\"Feb 1, "
       "2000\",1,\"36.35\"\r\n",
       "SPX",
       "2 prices from 2000-01-01T00:00:00Z to 2000-02-01T00:00:00Z; columns Date, Price; ignored: Adj Close; the "
       "layout of "
       "Yahoo Finance",
       {"2: Jan 1, 2000 SPX 39.81", "4: Feb 1, 2000 SPX 36.35"}},
      {"timestamp , Ticker, close ,market\n946913400, MSFT , 1 , closed\n",
       "",
       "1 prices from 2000-01-03T15:30:00Z to 2000-01-03T15:30:00Z; columns timestamp, Ticker, close, market",
       {"2: 946913400 MSFT 1 closed"}},
      {"Date,Time,Price\n2000-01-03,15:30,1\n",
       "A",
       "1 prices from 2000-01-03T15:30:00Z to 2000-01-03T15:30:00Z; columns Date, Time, Price",
       {"2: 2000-01-03 15:30 A 1"}},
      {"date,open,close\n2000-01-03,1,2\n",
       "A",
       "1 prices from 2000-01-03T00:00:00Z to 2000-01-03T00:00:00Z; columns date, close; ignored: open",
       {"2: 2000-01-03 A 2"}},
      {"symbol,date,price\nMSFT,Jan 1 2000,39.81\nMSFT,Feb 1 2000,36.35\nAAPL,Jan 1 2000,25.94\nAAPL,Feb 1 "
       "2000,28.66\n",
       "",
       "4 prices from 2000-01-01T00:00:00Z to 2000-02-01T00:00:00Z; columns symbol, date, price; sorted by time",
       {"2: Jan 1 2000 MSFT 39.81", "4: Jan 1 2000 AAPL 25.94", "3: Feb 1 2000 MSFT 36.35",
        "5: Feb 1 2000 AAPL 28.66"}},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      const TemporaryFolder folder;
      CsvReader reader = open_text(folder, c.text, c.symbol);
      BOOST_TEST(reader.probe().describe() == c.probe);
      check_items(reader, c.items);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_told_and_nothing_else_is_lost) {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  const std::string text =
      "date,price\n2000-01-01,1\n2000-01-02,\"2\n2000-01-03\n2000-01-04,4,4\n2000-01-05,5\0\n2000-01-06,\"6\"6\n"s +
      std::string(70'000, 'x') + "\n2000-01-07,7\n   \nsome day,8\n2000-01-09,\"9\"\"\"\n2000-01-10,\n";
  CsvReader reader = open_text(folder, text);
  check_items(reader, {
                          "2: 2000-01-01 X 1",
                          "3! price: has a quote that is not closed on its line",
                          "4! : has 1 fields; the header has 2",
                          "5! : has 3 fields; the header has 2",
                          "6! : contains a NUL byte",
                          "7! price: has text behind a closing quote",
                          "8! : is longer than 64 KiB",
                          "9: 2000-01-07 X 7",
                          "11: some day X 8",  // the book refuses it
                          "12: 2000-01-09 X 9\"",
                          "13: 2000-01-10 X ",
                      });
}

BOOST_AUTO_TEST_CASE(bad_lines_keep_their_place_in_a_file_that_is_sorted) {
  const TemporaryFolder folder;
  CsvReader reader = open_text(folder, "date,price\n2000-01-02,2\nbroken\n2000-01-01,1\n");
  check_items(reader, {"4: 2000-01-01 X 1", "2: 2000-01-02 X 2", "3! : has 1 fields; the header has 2"});
}

BOOST_AUTO_TEST_CASE(lines_at_the_limit_are_read_across_buffers) {
  const TemporaryFolder folder;
  std::string text = "date,price,note\n";
  for (int day = 1; day <= 9; ++day) {
    const std::string start = "2000-01-0" + std::to_string(day) + ",1,";
    text += start + std::string(kLineBytesMax - start.size(), 'n') + "\r\n";
  }
  CsvReader reader = open_text(folder, text);
  const auto items = items_of(reader);
  BOOST_TEST_REQUIRE(items.size() == 9U);
  BOOST_TEST(items.back() == "10: 2000-01-09 X 1");
}

BOOST_AUTO_TEST_CASE(reading_resumes_after_a_time) {
  struct Case {
    const char* text;
    const char* after;
    std::vector<std::string> items;
  };
  const Case cases[] = {
      {"date,price\n2000-01-01,1\nbroken\n2000-01-02,2\n2000-01-03,3\nbroken\n",
       "2000-01-02T00:00:00Z",
       {"5: 2000-01-03 X 3", "6! : has 1 fields; the header has 2"}},
      {"date,price\n2000-01-03,3\n2000-01-02,2\n2000-01-01,1\n",
       "2000-01-01T00:00:00Z",
       {"3: 2000-01-02 X 2", "2: 2000-01-03 X 3"}},
      {"date,price\n2000-01-01,1\n", "2000-01-01T00:00:00Z", {}},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      const TemporaryFolder folder;
      CsvReader reader = open_text(folder, c.text);
      reader.skip_until(parse_time(c.after).value());
      check_items(reader, c.items);
    }
  }
}

BOOST_AUTO_TEST_CASE(files_that_are_no_feed_are_refused_with_the_remedy) {
  struct Case {
    std::string text;
    const char* symbol;
    const char* message;
  };
  const Case cases[] = {
      {"", "X", "feed file feed.csv: its first line must name the columns, such as date,open,high,low,close,volume"},
      {"2000-01-03,1\n", "X",
       "feed file feed.csv: the first line names no column date, time, timestamp or datetime; it has \"2000-01-03\", "
       "\"1\""},
      {"date,value\n", "X",
       "feed file feed.csv: the first line names no column price or close; it has \"date\", \"value\""},
      {"date,datetime,price\n", "X",
       "feed file feed.csv: column \"date\" has the same meaning as another one; the header has \"date\", "
       "\"datetime\", \"price\""},
      {"date,price\n2000-01-01,1\n", "",
       "feed file feed.csv: it has no symbol column: say the symbol of its rows (symbol)"},
      {"date,symbol,price\n2000-01-01,A,1\n", "X",
       "feed file feed.csv: it has a symbol column, so no symbol can be given for it"},
      {"date,price\n", "X", "feed file feed.csv: it has no rows"},
      {"date,price\n01/02/2000,1\n", "X",
       "feed file feed.csv: no row of it has a readable time; line 2: \"01/02/2000\" is not a time; write 2000-01-03, "
       "2000-01-03T15:30:00Z or seconds since 1970"},
      {"date;price\n2000-01-01;1,234\n", "X",
       "feed file feed.csv: its numbers have commas, such as \"1,234\", which can be decimal points or separate "
       "thousands; write them as 1234.5"},
      {"date;price\n2000-01-01;1,234.5\n", "X",
       "feed file feed.csv: its numbers have commas, such as \"1,234.5\", which separate thousands; write them as "
       "1234.5"},
      {"date,\"price\n", "X",
       "feed file feed.csv: column 2 of its first line has a quote that is not closed on its line"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      const TemporaryFolder folder;
      folder.write("feed.csv", c.text);
      const auto reader = CsvReader::open(folder.path(), "feed.csv", c.symbol, calendar("ALWAYS"));
      BOOST_TEST_REQUIRE(!reader.ok());
      BOOST_TEST(reader.error().message == c.message);
    }
  }
}

BOOST_AUTO_TEST_CASE(only_regular_files_beneath_the_folder_are_opened) {
  const TemporaryFolder outside;
  const std::string secret = outside.write("secret.csv", "date,price\n2000-01-01,1\n");
  const TemporaryFolder folder;
  folder.write("deep/er/good.csv", "date,price\n2000-01-01,1\n");
  const std::string base = folder.path() + "/";
  BOOST_TEST_REQUIRE(symlink(secret.c_str(), (base + "link.csv").c_str()) == 0);
  BOOST_TEST_REQUIRE(symlink(outside.path().c_str(), (base + "linked").c_str()) == 0);
  BOOST_TEST_REQUIRE(symlink("deep/er/good.csv", (base + "inner.csv").c_str()) == 0);
  BOOST_TEST_REQUIRE(mkfifo((base + "fifo").c_str(), 0600) == 0);
  BOOST_TEST_REQUIRE(mkdir((base + "folder").c_str(), 0700) == 0);
  struct Case {
    std::string path;
    const char* reason;  // nullptr: opened
  };
  const Case cases[] = {
      {"deep/er/good.csv", nullptr},
      {"link.csv", "\"link.csv\" is a symbolic link; put the file itself there"},
      {"linked/secret.csv", "\"linked\" is a symbolic link; put the file itself there"},
      {"inner.csv", "\"inner.csv\" is a symbolic link; put the file itself there"},
      {"fifo", "\"fifo\" is not a regular file"},
      {"folder", "\"folder\" is not a regular file"},
      {"deep/er/good.csv/x", "\"good.csv\" is not a folder"},
      {"none.csv", "No such file or directory"},
      {"", "name a file in that folder by its path from there"},
      {secret, "name a file in that folder by its path from there"},
      {"../x.csv", "a path may have no empty part, no \".\" and no \"..\""},
      {"deep/../../x.csv", "a path may have no empty part, no \".\" and no \"..\""},
      {"deep//x", "a path may have no empty part, no \".\" and no \"..\""},
      {"deep/", "a path may have no empty part, no \".\" and no \"..\""},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.path) {
      const auto file = open_beneath(folder.path(), c.path);
      BOOST_TEST_REQUIRE(file.ok() == (c.reason == nullptr));
      if (c.reason != nullptr) {
        BOOST_TEST(file.error().message ==
                   "can't open \"" + c.path + "\" in the feed folder " + folder.path() + ": " + c.reason);
      }
    }
  }
  BOOST_TEST(!open_beneath(folder.path() + "/nowhere", "x.csv").ok());
}

BOOST_AUTO_TEST_CASE(a_file_ordered_by_symbol_becomes_ticks_of_all_symbols) {
  const TemporaryFolder folder;
  CsvReader reader = open_text(
      folder,
      "symbol,date,price\nMSFT,Jan 1 2000,39.81\nMSFT,Feb 1 2000,36.35\nAAPL,Jan 1 2000,25.94\nAAPL,Feb 1 2000,28.66\n",
      "", "XNYS");
  FeedBook book(calendar("XNYS"), {});
  std::vector<ClosedTick> ticks;
  for (CsvItem item = reader.next().value(); item.kind == CsvItem::Kind::row; item = reader.next().value()) {
    Offer offer = book.offer(item.row);
    BOOST_TEST(bool(offer.status == Offer::Status::accepted));
    if (offer.closed) {
      ticks.push_back(*std::move(offer.closed));
    }
  }
  ticks.push_back(book.flush().value());
  BOOST_TEST_REQUIRE(ticks.size() == 2U);
  BOOST_TEST(format_time(ticks[0].tick.time) == "2000-01-01T21:00:00Z");
  BOOST_TEST(ticks[0].tick.session.open);  // a Saturday and a holiday
  BOOST_TEST(ticks[0].tick.bars.size() == 2U);
  BOOST_TEST(ticks[0].added.size() == 2U);
  BOOST_TEST(format_time(ticks[1].tick.time) == "2000-02-01T21:00:00Z");
  BOOST_TEST(ticks[1].added.empty());
  BOOST_TEST(to_string(ticks[1].tick.bars[1].close) == "28.66");
}

}  // namespace tradingd::market
