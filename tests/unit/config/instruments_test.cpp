#include "daemon/config/instruments.h"

#include <boost/test/unit_test.hpp>

namespace tradingd::config {

BOOST_AUTO_TEST_SUITE(instruments)

BOOST_AUTO_TEST_CASE(instruments_in_toml_and_csv_say_the_same) {
  const auto toml = parse_instruments(
      "[[instrument]]\nsymbol='AAPL'\ntick_size='0.01'\nlot=1\ncurrency='USD'\n"
      "[[instrument]]\nsymbol='BRK.B'\ntick_size='0.01'\nlot=1\nmin_quantity=2\nmax_notional='5000.5'\ncurrency='USD'"
      "\n",
      "a.toml", "XNYS");
  const auto csv = parse_instruments(
      "# "
      "comment\nsymbol,tick_size,lot,min_quantity,max_notional,currency\nAAPL,0.01,1,,,USD\n\n\"BRK.B\",0.01,1,2,5000."
      "5,USD\r\n",
      "a.csv", "XNYS");
  BOOST_TEST_REQUIRE(toml.ok(), (toml ? "" : toml.error().message));
  BOOST_TEST_REQUIRE(csv.ok(), (csv ? "" : csv.error().message));
  for (const auto* one : {&*toml, &*csv}) {
    BOOST_TEST_REQUIRE(one->size() == 2U);
    const engine::Instrument& second = one->at(1);
    BOOST_TEST(second.id.value == 1);
    BOOST_TEST(second.symbol == "BRK.B");
    BOOST_TEST(to_string(second.tick_size) == "0.01");
    BOOST_TEST(to_string(second.quantity_step) == "0.00000001");
    BOOST_TEST(to_string(second.lot) == "1");
    BOOST_TEST(to_string(second.min_quantity.value()) == "2");
    BOOST_TEST(to_string(second.max_notional.value()) == "5000.5");
    BOOST_TEST(!second.max_quantity);
    BOOST_TEST(second.currency == "USD");
    BOOST_TEST(second.calendar == "XNYS");
    BOOST_TEST(second.listed);
  }
}

BOOST_AUTO_TEST_CASE(a_bad_instruments_file_is_refused_with_place_and_remedy) {
  struct Case {
    const char* text;
    const char* name;
    const char* error;
  };
  const Case kCases[] = {
      {"", "f.toml", "f.toml: instrument: must be 1 to 10000 instruments: write [[instrument]]"},
      {"[[instrument]]\ntick_size=1\n", "f.toml",
       "f.toml:1: instrument[0].symbol: is missing: write the instrument's symbol"},
      {"symbol,tick\nAAPL,0.01\n", "f.csv", "f.csv:2: instrument[0].tick: is unknown"},
      {"symbol,tick_size\nAAPL,0\n", "f.csv", "f.csv:2: instrument[0].tick_size: \"0\" must be a number"},
      {"symbol\nAAPL\nAAPL\n", "f.csv", "f.csv:3: instrument[1].symbol: \"AAPL\" is there twice"},
      {"symbol,currency\nAAPL,USD\nINFY,INR\n", "f.csv",
       "f.csv:3: instrument[1].currency: \"INR\" differs from \"USD\""},
      {"symbol,currency\nAAPL,usd\n", "f.csv", "must be three capital letters"},
      {"symbol,calendar\nAAPL,XNSE\n", "f.csv", "\"XNSE\" is not the feed's, \"XNYS\""},
      {"symbol,min_quantity,max_quantity\nAAPL,5,4\n", "f.csv", "must not be below min_quantity"},
      {"symbol\nA B\n", "f.csv", "is not a symbol"},
      {"symbol\nA,B\n", "f.csv", "f.csv:2: has more fields"},
  };
  for (const Case& c : kCases) {
    const auto read = parse_instruments(c.text, c.name, "XNYS");
    const std::string error = read ? "read" : read.error().message;
    BOOST_TEST(error.find(c.error) != std::string::npos, c.text << ": " << error);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::config
