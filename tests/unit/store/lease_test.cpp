#include "daemon/store/lease.h"

#include <boost/test/unit_test.hpp>

#include "daemon/store/connection.h"
#include "tests/support/postgres.h"

namespace tradingd::store {

namespace {

constexpr std::chrono::seconds kValidity{60};

ConnectionOptions runtime(const test::TestDatabase& database) { return {database.dsn(), "tradingd_runtime", "lease"}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(lease)

BOOST_AUTO_TEST_CASE(a_second_holder_is_told_who_has_it) {
  const test::TestDatabase database;
  const auto first = Lease::acquire(runtime(database), Lease::all_shards(), "tradingd on host a, pid 1", kValidity);
  BOOST_REQUIRE(first.ok());
  const auto second = Lease::acquire(runtime(database), Lease::all_shards(), "tradingd on host b, pid 2", kValidity);
  BOOST_REQUIRE(!second.ok());
  BOOST_TEST(second.error().message.find("in use by tradingd on host a, pid 1") != std::string::npos);
  BOOST_TEST(((*first)->renew() == LeaseStatus::held));
}

BOOST_AUTO_TEST_CASE(disjoint_shards_can_be_held_by_two) {
  const test::TestDatabase database;
  const int low[] = {0, 1, 2};
  const int high[] = {3, 4};
  const int both[] = {2, 3};
  const auto first = Lease::acquire(runtime(database), low, "a", kValidity);
  const auto second = Lease::acquire(runtime(database), high, "b", kValidity);
  BOOST_TEST(first.ok());
  BOOST_TEST(second.ok());
  BOOST_TEST(!Lease::acquire(runtime(database), both, "c", kValidity).ok());
}

BOOST_AUTO_TEST_CASE(a_dead_holder_is_replaced_at_once_with_a_higher_epoch) {
  const test::TestDatabase database;
  auto first = Lease::acquire(runtime(database), Lease::all_shards(), "a", kValidity);
  BOOST_REQUIRE(first.ok());
  const std::int64_t epoch = (*first)->epoch();
  first->reset();  // not released: as kill -9 leaves it
  auto second = Lease::acquire(runtime(database), Lease::all_shards(), "b", kValidity);
  BOOST_REQUIRE(second.ok());
  BOOST_TEST((*second)->epoch() > epoch);
}

BOOST_AUTO_TEST_CASE(a_replaced_holder_learns_it) {
  const test::TestDatabase database;
  auto first = Lease::acquire(runtime(database), Lease::all_shards(), "a", kValidity);
  BOOST_REQUIRE(first.ok());
  // Its session is cut, and another daemon is quicker.
  Connection admin({database.dsn(), "", "admin"});
  admin.exec(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'lease' AND datname = "
      "current_database()");
  auto second = Lease::acquire(runtime(database), Lease::all_shards(), "b", kValidity);
  BOOST_REQUIRE(second.ok());
  BOOST_TEST(((*first)->renew() == LeaseStatus::unavailable));
  BOOST_TEST(((*first)->renew() == LeaseStatus::lost));
  second->reset();
  BOOST_TEST(((*first)->renew() != LeaseStatus::held));
}

BOOST_AUTO_TEST_CASE(a_released_lease_has_no_holder) {
  const test::TestDatabase database;
  auto first = Lease::acquire(runtime(database), Lease::all_shards(), "a", kValidity);
  BOOST_REQUIRE(first.ok());
  BOOST_TEST(((*first)->release() == LeaseStatus::held));
  Connection admin({database.dsn(), "", "admin"});
  BOOST_TEST(admin.exec("SELECT FROM engine_shard WHERE holder IS NOT NULL").empty());
  BOOST_TEST(Lease::acquire(runtime(database), Lease::all_shards(), "b", kValidity).ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::store
