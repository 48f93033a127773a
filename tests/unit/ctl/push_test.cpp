// Rows from standard input to requests.
#include "ctl/push.h"

#include <boost/test/unit_test.hpp>
#include <sstream>

#include "daemon/protocol/codec.h"
#include "daemon/protocol/frame.h"

using namespace tradingd::ctl;
using nlohmann::json;

namespace {

struct Pushed {
  std::variant<PushTotals, CallFailure> result;
  std::vector<json> rows;
  std::vector<std::size_t> request_bytes;
  std::vector<std::string> rejected;  // "line column: reason"

  [[nodiscard]] const PushTotals& totals() const { return std::get<PushTotals>(result); }
};

/// A daemon that takes every row but those whose price is "bad".
Pushed push(const std::string& text) {
  Pushed pushed;
  std::istringstream input(text);
  const auto call = [&](const json& arguments) -> Answer {
    pushed.request_bytes.push_back(tradingd::protocol::encode_request(1, "feed.push", arguments).size());
    json rejected = json::array();
    std::int64_t accepted = 0;
    for (std::size_t i = 0; i < arguments.at("rows").size(); ++i) {
      const json& row = arguments.at("rows").at(i);
      pushed.rows.push_back(row);
      if (row.value("price", json()) == "bad") {
        rejected.push_back({{"row", i}, {"column", "price"}, {"reason", "no"}});
      } else {
        ++accepted;
      }
    }
    return json{{"accepted", accepted}, {"duplicates", 0}, {"ticks", accepted}, {"rejected", rejected}};
  };
  const auto observe = [&](const PushTotals&, const std::vector<RejectedRow>& rejected) {
    for (const RejectedRow& row : rejected) {
      pushed.rejected.push_back(std::to_string(row.line) + " " + row.column + ": " + row.reason);
    }
  };
  pushed.result = push_rows(input, {{"name", "live"}}, call, observe);
  return pushed;
}

}  // namespace

BOOST_AUTO_TEST_CASE(push_csv) {
  const Pushed pushed =
      push("\xef\xbb\xbftime,symbol,price\r\n2020-01-01T00:00:00Z,\"A,B\",1.50\r\n\r\n2020-01-02T00:00:00Z,C,\r\n");
  BOOST_REQUIRE(pushed.rows.size() == 2U);
  BOOST_TEST(pushed.rows[0] == json({{"time", "2020-01-01T00:00:00Z"}, {"symbol", "A,B"}, {"price", "1.50"}}));
  BOOST_TEST(pushed.rows[1] == json({{"time", "2020-01-02T00:00:00Z"}, {"symbol", "C"}}));
  BOOST_TEST(pushed.totals().accepted == 2);
}

BOOST_AUTO_TEST_CASE(push_json_lines_keep_numbers_as_written) {
  const Pushed pushed = push("{\"symbol\":\"A\",\"price\":0.1000000000000000055,\"volume\":7,\"note\":null}\n");
  BOOST_REQUIRE(pushed.rows.size() == 1U);
  BOOST_TEST(pushed.rows[0]["price"] == "0.1000000000000000055");
  BOOST_TEST(pushed.rows[0]["volume"] == 7);
}

BOOST_AUTO_TEST_CASE(push_names_the_line_of_each_bad_row) {
  const Pushed pushed = push(
      "time,symbol,price\n"
      "t,A,1\n"
      "t,A,bad\n"
      "\n"
      "t,A\n"
      "t,\"A,1\n"
      "t,\xff,1\n"
      "t,A,bad\n");
  const std::vector<std::string> expected = {"5 : the line has 2 cells, the header 3", "6 : a quote is left open",
                                             "7 : the line is not UTF-8 text", "3 price: no", "8 price: no"};
  BOOST_TEST(pushed.rejected == expected, boost::test_tools::per_element());
  BOOST_TEST(pushed.totals().accepted == 1);
  BOOST_TEST(pushed.totals().rejected == 5);
}

BOOST_AUTO_TEST_CASE(push_json_bad_lines) {
  const Pushed pushed = push("{\"price\":1}\n[1]\n{\"a\":{}}\n{\"a\":[1]}\n7\n{\n");
  BOOST_TEST(pushed.rejected.size() == 5U);
  BOOST_TEST(pushed.totals().accepted == 1);
}

BOOST_AUTO_TEST_CASE(push_header_errors) {
  struct Case {
    const char* header;
    const char* expected;
  };
  for (const Case& test : {Case{"time,symbol,prise", "line 1: there is no column 'prise'; did you mean 'price'?"},
                           Case{"time,time,price", "the column 'time' is there twice"},
                           Case{"time,\"symbol", "a quote is left open in the header"}}) {
    const Pushed pushed = push(std::string(test.header) + "\n1,2,3\n");
    BOOST_REQUIRE(std::holds_alternative<CallFailure>(pushed.result));
    const auto& failure = std::get<CallFailure>(pushed.result);
    BOOST_TEST(failure.exit_status == 2);
    BOOST_TEST(failure.message.find(test.expected) != std::string::npos, failure.message);
    BOOST_TEST(pushed.rows.empty());
  }
}

BOOST_AUTO_TEST_CASE(push_requests_stay_within_a_frame) {
  std::string text = "time,symbol,price\n";
  for (int i = 0; i < 20'000; ++i) text += "2020-01-01T00:00:00Z,SYMBOL" + std::to_string(i) + ",1.25\n";
  text += "t," + std::string(8'000, 'x') + ",1\n" + "t," + std::string(9'000, 'x') + ",1\n";
  const Pushed pushed = push(text);
  BOOST_TEST(pushed.rows.size() == 20'001U);
  BOOST_TEST(pushed.totals().rejected == 1);
  BOOST_TEST(pushed.request_bytes.size() > 10U);
  for (const std::size_t bytes : pushed.request_bytes) BOOST_TEST(bytes <= tradingd::protocol::kRequestBytesMax);
}

BOOST_AUTO_TEST_CASE(push_stops_at_a_failure_and_says_where) {
  std::istringstream input("time,symbol,price\nt,A,1\n");
  const auto result = push_rows(
      input, {{"name", "live"}},
      [](const json&) -> Answer {
        return CallFailure{4, "no", json::object()};
      },
      [](const PushTotals&, const std::vector<RejectedRow>&) {});
  BOOST_REQUIRE(std::holds_alternative<CallFailure>(result));
  BOOST_TEST(std::get<CallFailure>(result).exit_status == 4);
  BOOST_TEST(std::get<CallFailure>(result).message == "from line 2 on: no");
}

BOOST_AUTO_TEST_CASE(push_nothing) {
  for (const char* text : {"", "\n\n", "time,symbol,price\n"}) {
    const Pushed pushed = push(text);
    BOOST_TEST(pushed.totals().accepted == 0);
    BOOST_TEST(pushed.request_bytes.empty());
  }
}
