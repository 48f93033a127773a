// Rates on a clock that the test turns: one below the limit, at it, one above.
#include "daemon/admin/rate_limiter.h"

#include <boost/test/unit_test.hpp>

using std::chrono::milliseconds;
using tradingd::admin::RateLimiter;

namespace {

constexpr std::int64_t kAlice = 1000;
constexpr std::int64_t kBob = 1001;

struct World {
  RateLimiter limiter{{50, 100}, {10, 20}};
  RateLimiter::Clock::time_point now;

  int admitted(int calls, bool changes, std::int64_t uid = kAlice) {
    int count = 0;
    for (int i = 0; i < calls; ++i) {
      count += limiter.admit(uid, changes, now) ? 1 : 0;
    }
    return count;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limiter)

BOOST_AUTO_TEST_CASE(a_burst_passes_and_not_one_more) {
  for (const auto& [calls, wanted] : {std::pair{99, 99}, {100, 100}, {101, 100}}) {
    World world;
    BOOST_TEST(world.admitted(calls, false) == wanted);
  }
  for (const auto& [calls, wanted] : {std::pair{19, 19}, {20, 20}, {21, 20}}) {
    World world;
    BOOST_TEST(world.admitted(calls, true) == wanted);
  }
}

BOOST_AUTO_TEST_CASE(after_it_the_rate_passes_and_not_one_more) {
  World world;
  BOOST_TEST(world.admitted(1000, true) == 20);
  world.now += milliseconds(99);
  BOOST_TEST(world.admitted(1, true) == 0);
  world.now += milliseconds(1);
  BOOST_TEST(world.admitted(2, true) == 1);
  world.now += milliseconds(1000);
  BOOST_TEST(world.admitted(1000, true) == 10);
  world.now += std::chrono::hours(1);
  BOOST_TEST(world.admitted(1000, true) == 20);
}

BOOST_AUTO_TEST_CASE(reading_goes_on_when_changes_have_used_theirs_up) {
  World world;
  BOOST_TEST(world.admitted(50, true) == 20);
  BOOST_TEST(world.admitted(1000, false) == 80);
}

BOOST_AUTO_TEST_CASE(nobody_pays_for_another) {
  World world;
  BOOST_TEST(world.admitted(1000, false, kAlice) == 100);
  BOOST_TEST(world.admitted(1000, false, kBob) == 100);
}

BOOST_AUTO_TEST_CASE(many_users_who_come_once_leave_nothing_behind_that_harms) {
  World world;
  for (std::int64_t uid = 0; uid < 20'000; ++uid) {
    BOOST_TEST_REQUIRE(world.limiter.admit(uid, true, world.now));
    world.now += milliseconds(1);
  }
  BOOST_TEST(world.admitted(1000, true, 1) == 20);
}

BOOST_AUTO_TEST_CASE(a_reload_changes_the_rates) {
  World world;
  BOOST_TEST(world.admitted(1000, true) == 20);
  world.limiter.set({50, 100}, {1, 1});
  world.now += milliseconds(5000);
  BOOST_TEST(world.admitted(1000, true) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
