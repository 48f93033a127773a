#include "daemon/base/nearest.h"

#include <boost/test/unit_test.hpp>

namespace tradingd {

BOOST_AUTO_TEST_SUITE(nearest_words)

BOOST_AUTO_TEST_CASE(nearest_table) {
  const std::vector<std::string_view> words = {"order", "run", "feed", "user", "status"};
  BOOST_TEST(nearest("ordre", words) == "order");
  BOOST_TEST(nearest("statsu", words) == "status");
  BOOST_TEST(nearest("rum", words) == "run");
  BOOST_TEST(nearest("zzz", words) == "");
  BOOST_TEST(nearest("", words) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd
