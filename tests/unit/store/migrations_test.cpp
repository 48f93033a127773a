#include "daemon/store/migrations.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "daemon/store/connection.h"
#include "tests/support/postgres.h"

namespace tradingd::store {

namespace {

namespace fs = std::filesystem;

/// A copy of sql/ to tamper with; removed at the end.
class SqlCopy {
 public:
  SqlCopy() : folder_(fs::temp_directory_path() / (test::unique_name() + "_sql")) {
    fs::copy(test::sql_dir(), folder_, fs::copy_options::recursive);
  }
  SqlCopy(const SqlCopy&) = delete;
  SqlCopy& operator=(const SqlCopy&) = delete;
  ~SqlCopy() { fs::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_.string(); }
  void append(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file, std::ios::app) << text;
  }

 private:
  fs::path folder_;
};

/// For messages, which are made whether they are needed or not.
std::string why(const Result<MigrationReport>& result) { return result.ok() ? "" : result.error().message; }

/// A migration's file, `number` after the newest.
std::string next_file(int number, const std::string& name) {
  std::string digits = std::to_string(kSchemaVersion + number);
  digits.insert(0, 4 - digits.size(), '0');
  return "migrations/" + digits + "_" + name + ".sql";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(migrations)

BOOST_AUTO_TEST_CASE(migrate_makes_the_schema_and_is_idempotent) {
  const test::TestDatabase database(test::Template::empty);
  const auto first = migrate(database.dsn(), test::sql_dir());
  BOOST_REQUIRE_MESSAGE(first.ok(), why(first));
  BOOST_TEST(first->version == kSchemaVersion);
  BOOST_TEST(first->applied == kSchemaVersion);
  BOOST_TEST(first->fast_writes);

  const auto second = migrate(database.dsn(), test::sql_dir());
  BOOST_REQUIRE_MESSAGE(second.ok(), why(second));
  BOOST_TEST(second->applied == 0);

  Connection connection({database.dsn(), "tradingd_runtime", "test"});
  BOOST_TEST(require_schema(connection).ok());
  BOOST_TEST(*has_fast_writes(connection));
}

BOOST_AUTO_TEST_CASE(migrate_refuses_a_newer_ledger) {
  const test::TestDatabase database;
  const SqlCopy sql;
  sql.append(next_file(1, "later"), "CREATE TABLE later (x int);");
  BOOST_REQUIRE(migrate(database.dsn(), sql.path()).ok());

  const auto result = migrate(database.dsn(), test::sql_dir());
  BOOST_REQUIRE(!result.ok());
  BOOST_TEST(result.error().message.find("newer than this program's") != std::string::npos);
  Connection connection({database.dsn(), "", "test"});
  BOOST_TEST(!require_schema(connection).ok());
}

BOOST_AUTO_TEST_CASE(migrate_refuses_a_changed_file) {
  const test::TestDatabase database;
  const SqlCopy sql;
  sql.append("migrations/0001_tables.sql", "\n-- a later thought\n");
  const auto result = migrate(database.dsn(), sql.path());
  BOOST_REQUIRE(!result.ok());
  BOOST_TEST(result.error().message.find("0001_tables.sql was changed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(migrate_is_all_or_nothing) {
  const test::TestDatabase database;
  const SqlCopy sql;
  sql.append(next_file(1, "good"), "CREATE TABLE good (x int);");
  sql.append(next_file(2, "bad"), "CREATE TABLE bad (x nonsense);");
  BOOST_TEST(!migrate(database.dsn(), sql.path()).ok());

  Connection connection({database.dsn(), "", "test"});
  BOOST_TEST(*schema_version(connection) == kSchemaVersion);
  BOOST_TEST(connection.exec("SELECT to_regclass('tradingd.good')").is_null(0, 0));
}

BOOST_AUTO_TEST_CASE(an_empty_database_asks_for_migrate) {
  const test::TestDatabase database(test::Template::empty);
  Connection connection({database.dsn(), "", "test"});
  const auto result = require_schema(connection);
  BOOST_REQUIRE(!result.ok());
  BOOST_TEST(result.error().message.find("run tradingd --migrate") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(migrate_names_an_unreachable_server) {
  const auto result = migrate("host=/nonexistent dbname=x", test::sql_dir());
  BOOST_REQUIRE(!result.ok());
  BOOST_TEST(result.error().message.find("can't connect") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::store
