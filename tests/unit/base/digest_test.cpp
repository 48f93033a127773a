#include "daemon/base/digest.h"

#include <boost/test/unit_test.hpp>

using namespace tradingd;

// Known answers from Python's hashlib.blake2b(digest_size=32).
BOOST_AUTO_TEST_CASE(digests_are_blake2b_256) {
  BOOST_TEST(to_hex(digest_of("")) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  BOOST_TEST(to_hex(digest_of("abc")) == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

BOOST_AUTO_TEST_CASE(chained_digests_are_keyed_with_the_previous) {
  Digest previous{};
  BOOST_TEST(to_hex(digest_chain(previous, "abc")) ==
             "bad705ff155af631f38dc6cafdda827a31595c802f3ff585c10691c58944d89b");
  for (std::size_t i = 0; i < previous.size(); ++i) {
    previous[i] = static_cast<std::uint8_t>(i);
  }
  BOOST_TEST(to_hex(digest_chain(previous, "")) == "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d");
}
