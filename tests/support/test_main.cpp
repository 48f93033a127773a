#define BOOST_TEST_MODULE tradingd
#include <boost/test/unit_test.hpp>
