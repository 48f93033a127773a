#include "daemon/base/log_fields.h"

#include <boost/test/unit_test.hpp>
#include <thread>

namespace {

using tradingd::LogField;
using tradingd::LogScope;

std::string current() {
  std::string text;
  for (const auto& [name, value] : LogScope::current()) {
    text.append(name).append("=").append(value).append(" ");
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_fields)

BOOST_AUTO_TEST_CASE(scopes_nest_and_end) {
  BOOST_TEST(current().empty());
  {
    const LogScope outer{{"FEED", "us"}};
    {
      const LogScope inner{{"USER", "3"}, {"RUN", "7"}};
      BOOST_TEST(current() == "FEED=us USER=3 RUN=7 ");
    }
    BOOST_TEST(current() == "FEED=us ");
  }
  BOOST_TEST(current().empty());
}

BOOST_AUTO_TEST_CASE(a_thread_has_its_own) {
  const LogScope scope{{"FEED", "us"}};
  std::string other = "?";
  std::thread([&] { other = current(); }).join();
  BOOST_TEST(other.empty());
}

BOOST_AUTO_TEST_SUITE_END()
