#include "daemon/store/lease.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <future>
#include <set>

#include "daemon/engine/shards.h"
#include "daemon/store/connection.h"
#include "tests/support/postgres.h"

namespace tradingd::store {

namespace {

constexpr std::chrono::seconds kValidity{60};

/// This process's sockets.
std::set<int> sockets() {
  std::set<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    if (std::filesystem::read_symlink(entry.path(), closed).string().starts_with("socket:")) {
      found.insert(std::stoi(entry.path().filename()));
    }
  }
  return found;
}

ConnectionOptions runtime(const test::TestDatabase& database) { return {database.dsn(), "tradingd_runtime", "lease"}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(lease)

BOOST_AUTO_TEST_CASE(a_second_holder_is_told_who_has_it) {
  const test::TestDatabase database;
  const auto first = Lease::acquire(runtime(database), engine::all_shards(), "tradingd on host a, pid 1", kValidity);
  BOOST_REQUIRE(first.ok());
  const auto second = Lease::acquire(runtime(database), engine::all_shards(), "tradingd on host b, pid 2", kValidity);
  BOOST_REQUIRE(!second.ok());
  BOOST_TEST((second.error().kind == StoreErrorKind::conflict));
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
  auto first = Lease::acquire(runtime(database), engine::all_shards(), "a", kValidity);
  BOOST_REQUIRE(first.ok());
  const std::int64_t epoch = (*first)->epoch();
  first->reset();  // not released: as kill -9 leaves it
  auto second = Lease::acquire(runtime(database), engine::all_shards(), "b", kValidity);
  BOOST_REQUIRE(second.ok());
  BOOST_TEST((*second)->epoch() > epoch);
}

BOOST_AUTO_TEST_CASE(a_replaced_holder_learns_it) {
  const test::TestDatabase database;
  auto first = Lease::acquire(runtime(database), engine::all_shards(), "a", kValidity);
  BOOST_REQUIRE(first.ok());
  // Its session is cut, and another daemon is quicker.
  Connection admin({database.dsn(), "", "admin"});
  admin.exec(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'lease' AND datname = "
      "current_database()");
  auto second = Lease::acquire(runtime(database), engine::all_shards(), "b", kValidity);
  BOOST_REQUIRE(second.ok());
  BOOST_TEST(((*first)->renew() == LeaseStatus::unavailable));
  BOOST_TEST(((*first)->renew() == LeaseStatus::lost));
  second->reset();
  BOOST_TEST(((*first)->renew() != LeaseStatus::held));
}

BOOST_AUTO_TEST_CASE(trouble_with_the_database_is_no_other_holder) {
  const auto lease = Lease::acquire({"host=/nonexistent dbname=x", "", ""}, engine::all_shards(), "a", kValidity);
  BOOST_REQUIRE(!lease.ok());
  BOOST_TEST((lease.error().kind == StoreErrorKind::unavailable));
}

BOOST_AUTO_TEST_CASE(a_dead_session_of_its_own_is_no_other_holder) {
  const test::TestDatabase database;
  Connection admin({database.dsn(), "", "admin"});
  const std::set<int> before = sockets();
  auto lease = Lease::acquire(runtime(database), engine::all_shards(), "a", kValidity);
  BOOST_REQUIRE(lease.ok());
  // The link breaks at our end alone: the server holds the old session to be alive.
  std::set<int> opened;
  for (const int one : sockets()) {
    if (!before.contains(one)) opened.insert(one);
  }
  BOOST_REQUIRE_EQUAL(opened.size(), 1U);
  const int kept = ::dup(*opened.begin());
  std::array<int, 2> pair{};
  BOOST_REQUIRE_EQUAL(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  ::close(pair[1]);
  BOOST_REQUIRE_EQUAL(::dup2(pair[0], *opened.begin()), *opened.begin());
  ::close(pair[0]);

  BOOST_TEST(((*lease)->renew() == LeaseStatus::unavailable));
  BOOST_TEST(((*lease)->renew() == LeaseStatus::unavailable));  // finds the locks taken, by itself
  BOOST_TEST(((*lease)->renew() == LeaseStatus::held));
  BOOST_TEST(
      admin.exec("SELECT FROM pg_stat_activity WHERE application_name = 'lease' AND datname = current_database()")
          .size() == 1);
  ::close(kept);
}

BOOST_AUTO_TEST_CASE(another_session_with_the_locks_has_not_the_lease_yet) {
  const test::TestDatabase database;
  Connection admin({database.dsn(), "", "admin"});
  auto lease = Lease::acquire(runtime(database), engine::all_shards(), "a", kValidity);
  BOOST_REQUIRE(lease.ok());
  const std::string locks =
      "FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database"
      " WHERE datname = current_database())";
  const std::string lock_class(admin.exec("SELECT DISTINCT classid " + locks).text(0, 0));
  admin.exec("SELECT pg_terminate_backend(pid, 5000) FROM (SELECT DISTINCT pid " + locks + ") AS l");
  admin.exec("SELECT pg_advisory_lock(" + lock_class + ", 5)");
  BOOST_TEST(((*lease)->renew() == LeaseStatus::unavailable));
  BOOST_TEST(((*lease)->renew() == LeaseStatus::unavailable));
  BOOST_TEST(admin.usable());
  admin.exec("SELECT pg_advisory_unlock_all()");
  BOOST_TEST(((*lease)->renew() == LeaseStatus::held));
}

BOOST_AUTO_TEST_CASE(taking_the_shards_waits_for_what_a_feed_is_writing) {
  const test::TestDatabase database;
  Connection feed({database.dsn(), "tradingd_runtime", "feed"});
  Connection admin({database.dsn(), "", "admin"});
  std::future<bool> taken;
  {
    Transaction write(feed);
    feed.exec("SELECT FROM engine_shard WHERE shard_id = 0 FOR KEY SHARE");
    taken = std::async(std::launch::async,
                       [&] { return Lease::acquire(runtime(database), engine::all_shards(), "a", kValidity).ok(); });
    const char* kBlocked =
        "SELECT FROM pg_stat_activity WHERE application_name = 'lease' AND datname = current_database() AND"
        " cardinality(pg_blocking_pids(pid)) > 0";
    while (admin.exec(kBlocked).empty() && taken.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
    }
    BOOST_TEST(!admin.exec(kBlocked).empty());
    write.commit();
  }
  BOOST_TEST(taken.get());
}

BOOST_AUTO_TEST_CASE(a_released_lease_has_no_holder) {
  const test::TestDatabase database;
  auto first = Lease::acquire(runtime(database), engine::all_shards(), "a", kValidity);
  BOOST_REQUIRE(first.ok());
  BOOST_TEST(((*first)->release() == LeaseStatus::held));
  Connection admin({database.dsn(), "", "admin"});
  BOOST_TEST(admin.exec("SELECT FROM engine_shard WHERE holder IS NOT NULL").empty());
  BOOST_TEST(Lease::acquire(runtime(database), engine::all_shards(), "b", kValidity).ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::store
