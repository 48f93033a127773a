// What the server has, beside what is recommended.

#include "daemon/store/server_settings.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/postgres.h"

namespace tradingd::store {

namespace {

FoundSetting find(const std::vector<FoundSetting>& found, std::string_view name) {
  const auto place =
      std::find_if(found.begin(), found.end(), [&](const auto& each) { return each.setting->name == name; });
  BOOST_REQUIRE(place != found.end());
  return *place;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_settings_suite)

// The tests' own cluster is a small one.
BOOST_AUTO_TEST_CASE(server_settings_are_compared) {
  const test::TestDatabase database;
  Connection connection({database.dsn(), "", "test"});
  const std::vector<FoundSetting> found = read_server_settings(connection);
  BOOST_TEST(found.size() == server_settings().size());
  BOOST_TEST(find(found, "shared_buffers").value == "64MB");
  BOOST_TEST(!find(found, "shared_buffers").good);
  BOOST_TEST(find(found, "jit").good);
  BOOST_TEST(find(found, "max_wal_size").good);
  BOOST_TEST(find(found, "autovacuum").setting->restart == false);
}

// What a session sets for itself says nothing of the server.
BOOST_AUTO_TEST_CASE(server_settings_are_the_servers) {
  const test::TestDatabase database;
  Connection connection({database.dsn(), "", "test"});
  connection.exec("ALTER DATABASE " + database.name() + " SET jit = on");
  Connection other({database.dsn(), "", "test"});
  other.exec("SET jit = off");
  const FoundSetting jit = find(read_server_settings(other), "jit");
  BOOST_TEST(jit.value == "on");
  BOOST_TEST(!jit.good);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::store
