// Moments as people type them.
#include "daemon/protocol/moment.h"

#include <boost/test/unit_test.hpp>

using namespace tradingd;
using namespace tradingd::protocol;

BOOST_AUTO_TEST_CASE(moments) {
  const Time reference = parse_time("2020-03-01T12:00:00Z").value();
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& test :
       {Case{"2d", "2020-02-28T12:00:00Z"}, Case{"90m", "2020-03-01T10:30:00Z"}, Case{"30s", "2020-03-01T11:59:30Z"},
        Case{"6h", "2020-03-01T06:00:00Z"}, Case{"1w", "2020-02-23T12:00:00Z"}, Case{"1y", "2019-03-02T12:00:00Z"},
        Case{"0d", "2020-03-01T12:00:00Z"}, Case{"2019-12-31", "2019-12-31T00:00:00Z"},
        Case{"2019-12-31T10:00:00+05:30", "2019-12-31T04:30:00Z"}}) {
    BOOST_TEST_CONTEXT(test.text) {
      const auto moment = parse_moment(test.text);
      BOOST_REQUIRE(moment.has_value());
      BOOST_TEST(format_time(moment->at(reference)) == test.expected);
    }
  }
  for (const char* wrong : {"", "d", "2", "-2d", "2 d", "2days", "1.5h", "2D", "2001y", "99999999999999999999d",
                            "2019-02-30", "2019-12-31T10:00:00", "yesterday"}) {
    BOOST_TEST(!parse_moment(wrong).has_value(), wrong);
  }
}
