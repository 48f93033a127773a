// Files as publishers have them, a few lines each; the figures are made up.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "daemon/market/csv_reader.h"
#include "daemon/market/feed_book.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/market/shipped_calendars.h"

namespace tradingd::market {
namespace {

/// "2020-01-03 AAPL 1/2/0.5/1.5 v100" for each row, with the UTC day of its time.
std::vector<std::string> rows_of(CsvReader& reader, const Calendar& exchange) {
  std::vector<std::string> rows;
  for (CsvItem item = reader.next().value(); item.kind != CsvItem::Kind::end; item = reader.next().value()) {
    BOOST_TEST_REQUIRE((item.kind == CsvItem::Kind::row), item.rejected.reason);
    RejectedRow rejected;
    const auto row = parse_row(item.row, exchange, rejected);
    BOOST_TEST_REQUIRE(row.has_value(), rejected.reason);
    const engine::Bar& bar = row->bar;
    rows.push_back(format_date(utc_date(row->when.time)) + " " + item.row.symbol + " " + to_string(bar.open) + "/" +
                   to_string(bar.high) + "/" + to_string(bar.low) + "/" + to_string(bar.close) + " v" +
                   to_string(bar.volume));
  }
  return rows;
}

struct Case {
  const char* name;
  const char* text;
  const char* symbol;
  const char* understood;
  std::vector<std::string> rows;
};

const Case kCases[] = {
    {"Yahoo Finance",
     "Date,Open,High,Low,Close,Adj Close,Volume\n2020-01-03,10,12,9,11,10.5,1000\n",
     "AAPL",
     "ignored: Adj Close; the layout of Yahoo Finance",
     {"2020-01-03 AAPL 10/12/9/11 v1000"}},
    {"Stooq, one symbol",
     "Date,Open,High,Low,Close,Volume\n2020-01-03,10,12,9,11,1000\n",
     "AAPL",
     "columns Date, Open, High, Low, Close, Volume",
     {"2020-01-03 AAPL 10/12/9/11 v1000"}},
    {"Stooq, many symbols",
     "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
     "AAPL.US,D,20200103,000000,10,12,9,11,1000,0\n",
     "",
     "the layout of Stooq",
     {"2020-01-03 AAPL.US 10/12/9/11 v1000"}},
    {"Stooq in Polish",
     "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n2020-01-03,10,12,9,11,1000\n",
     "PKO",
     "the layout of Stooq",
     {"2020-01-03 PKO 10/12/9/11 v1000"}},
    {"a European spreadsheet",
     "Date;Symbol;Open;High;Low;Close;Volume\n03.01.2020;SAP;10,5;12;9,25;11,125;1000\n"
     "06.01.2020;\"SAP\";\"10,5\";12;9,25;11,5;\n",
     "",
     "columns Date, Symbol, Open, High, Low, Close, Volume; semicolons between them; decimal commas",
     {"2020-01-03 SAP 10.5/12/9.25/11.125 v1000", "2020-01-06 SAP 10.5/12/9.25/11.5 v0"}},
    {"tabs, decimal points",
     "trade date\tTicker\tLast\n2020-01-03\tSAP\t1234.5\n",
     "",
     "columns trade date, Ticker, Last; tabs between them",
     {"2020-01-03 SAP 1234.5/1234.5/1234.5/1234.5 v0"}},
    {"NSE bhavcopy",
     "SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP,TOTALTRADES,ISIN,\n"
     "INFY,EQ,10,12,9,11,11.1,10,1000,11000,03-JAN-2020,50,INE009A01021,\n"
     "ABC,BE,1,2,1,2,2,1,10,20,03-JAN-2020,5,INE000000000,\n",
     "",
     "the layout of NSE bhavcopy",
     {"2020-01-03 INFY 10/12/9/11 v1000", "2020-01-03 ABC-BE 1/2/1/2 v10"}},
    {"NSE full bhavcopy",
     "SYMBOL, SERIES, DATE1, PREV_CLOSE, OPEN_PRICE, HIGH_PRICE, LOW_PRICE, LAST_PRICE, CLOSE_PRICE, AVG_PRICE, "
     "TTL_TRD_QNTY, TURNOVER_LACS, NO_OF_TRADES, DELIV_QTY, DELIV_PER\n"
     "INFY, EQ, 03-Jan-2020, 10, 10, 12, 9, 11.1, 11, 10.8, 1000, 1, 50, 500, 50\n",
     "",
     "the layout of NSE full bhavcopy",
     {"2020-01-03 INFY 10/12/9/11 v1000"}},
    {"NSE bhavcopy since 2024",
     "TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,OpnPric,HghPric,LwPric,ClsPric,LastPric,"
     "TtlTradgVol\n2024-07-08,2024-07-08,CM,NSE,STK,1594,INE009A01021,INFY,EQ,10,12,9,11,11.1,1000\n",
     "",
     "the layout of NSE bhavcopy (UDiFF)",
     {"2024-07-08 INFY 10/12/9/11 v1000"}},
    {"a price that is the close",
     "Date,Price,Open,High,Low\n\"Jan 3, 2020\",11,10,12,9\n",
     "X",
     "columns Date, Price, Open, High, Low",
     {"2020-01-03 X 10/12/9/11 v0"}},
    {"dates with slashes", "date,price\n2020/01/03,11\n", "X", "1 prices", {"2020-01-03 X 11/11/11/11 v0"}},
};

}  // namespace

BOOST_AUTO_TEST_CASE(layouts_of_publishers) {
  for (const Case& test : kCases) {
    BOOST_TEST_CONTEXT(test.name) {
      const TemporaryFolder folder;
      folder.write("feed.csv", test.text);
      auto reader = CsvReader::open(folder.path(), "feed.csv", test.symbol, calendar("ALWAYS"));
      BOOST_TEST_REQUIRE(reader.ok(), (reader.ok() ? "" : reader.error().message));
      BOOST_TEST(reader->probe().describe().find(test.understood) != std::string::npos, reader->probe().describe());
      const std::vector<std::string> rows = rows_of(*reader, calendar("ALWAYS"));
      BOOST_CHECK_EQUAL_COLLECTIONS(rows.begin(), rows.end(), test.rows.begin(), test.rows.end());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_date_that_can_mean_two_days_is_refused) {
  for (const char* text :
       {"01/03/2020", "03.13.2020", "2020/13/01", "20201301", "32-Jan-2020", "03-Foo-2020", "3-1-2020"}) {
    BOOST_TEST(!parse_row_time(text, calendar("ALWAYS")).ok(), text);
  }
}

}  // namespace tradingd::market
