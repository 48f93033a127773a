#include "daemon/store/connection.h"

#include <boost/test/unit_test.hpp>
#include <future>

#include "tests/support/postgres.h"

namespace tradingd::store {

namespace {

std::string refusal(Connection& connection, const std::string& sql) {
  try {
    connection.exec(sql);
    return "";
  } catch (const DatabaseError& error) {
    BOOST_TEST(!error.unavailable());
    return error.sqlstate();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(connection)

BOOST_AUTO_TEST_CASE(each_refusal_has_its_sqlstate_and_keeps_the_connection) {
  struct Case {
    const char* sql;
    const char* sqlstate;
  };
  constexpr Case kCases[] = {
      {"SELEC 1", "42601"},
      {"SELECT x", "42703"},
      {"SELECT * FROM nowhere", "42P01"},
      {"SELECT f(1)", "42883"},
      {"SELECT 1 / 0", "22012"},
      {"DELETE FROM app_user", "42501"},
      {"INSERT INTO app_user (name) VALUES ('a'), ('a')", "23505"},
      {"INSERT INTO app_user (name) VALUES ('a b')", "23514"},
      {"INSERT INTO app_user (name) VALUES (NULL)", "23502"},
      {"INSERT INTO strategy_run (user_id) VALUES (99)", "23503"},
      {"SET statement_timeout = 1; SELECT pg_sleep(10)", "57014"},
      {"RESET statement_timeout; SELECT refuse_finished_run(1, 2, 'STOPPED')", "TD002"},
      {"DO $$ BEGIN RAISE serialization_failure; END $$", "40001"},
      {"DO $$ BEGIN RAISE deadlock_detected; END $$", "40P01"},
      {"DO $$ BEGIN RAISE lock_not_available; END $$", "55P03"},
      {"DO $$ BEGIN RAISE disk_full; END $$", "53100"},
  };
  const test::TestDatabase database;
  Connection connection({database.dsn(), "tradingd_runtime", "test"});
  for (const Case& one : kCases) {
    BOOST_TEST_CONTEXT(one.sql) { BOOST_TEST(refusal(connection, one.sql) == one.sqlstate); }
  }
  BOOST_TEST(connection.usable());
  BOOST_TEST(connection.exec("SELECT current_user").text(0, 0) == "tradingd_runtime");
}

BOOST_AUTO_TEST_CASE(a_transaction_is_kept_or_undone) {
  const test::TestDatabase database;
  Connection connection({database.dsn(), "", "test"});
  {
    Transaction undone(connection);
    connection.exec("INSERT INTO app_user (name) VALUES ('a')");
  }
  {
    Transaction kept(connection);
    connection.exec("INSERT INTO app_user (name) VALUES ($1)", {"b"});
    kept.commit();
  }
  {
    Transaction broken(connection);
    BOOST_TEST(refusal(connection, "SELECT 1 / 0") == "22012");
  }
  const Rows rows = connection.exec("SELECT name, uid FROM app_user");
  BOOST_REQUIRE(rows.size() == 1);
  BOOST_TEST(rows.text(0, 0) == "b");
  BOOST_TEST(rows.is_null(0, 1));
  BOOST_TEST(rows.column_name(1) == "uid");
}

BOOST_AUTO_TEST_CASE(prepared_statements_take_null_and_any_text) {
  const test::TestDatabase database;
  Connection connection({database.dsn(), "", "test"});
  constexpr Statement kEcho{"echo", "SELECT $1::text, $2::text"};
  for (const char* text : {"", "it's \"so\"", "\\", "\xC3\xA9"}) {
    const Rows rows = connection.exec(kEcho, {text, std::nullopt});
    BOOST_TEST(rows.text(0, 0) == text);
    BOOST_TEST(!rows.is_null(0, 0));
    BOOST_TEST(rows.is_null(0, 1));
  }
}

BOOST_AUTO_TEST_CASE(a_cut_session_does_not_come_back_by_itself) {
  const test::TestDatabase database;
  Connection admin({database.dsn(), "", "admin"});
  for (const bool in_transaction : {false, true}) {
    Connection victim({database.dsn(), "tradingd_readonly", "victim"});
    std::unique_ptr<Transaction> transaction;
    if (in_transaction) transaction = std::make_unique<Transaction>(victim);
    admin.exec("SELECT pg_terminate_backend($1, 5000)", {std::to_string(victim.backend_pid())});
    for (int i = 0; i < 2; ++i) {
      BOOST_CHECK_EXCEPTION(victim.exec("SELECT 1"), DatabaseError,
                            [](const DatabaseError& error) { return error.unavailable(); });
      BOOST_TEST(!victim.usable());
    }
  }
}

BOOST_AUTO_TEST_CASE(sessions_are_durable_and_notice_what_is_gone) {
  const test::TestDatabase database;
  Connection admin({database.dsn(), "", "admin"});
  struct Case {
    const char* configured;
    const char* used;
  };
  for (const auto& [configured, used] : {Case{"off", "on"}, {"local", "on"}, {"remote_apply", "remote_apply"}}) {
    admin.exec("ALTER DATABASE " + database.name() + " SET synchronous_commit = " + configured);
    Connection connection({database.dsn(), "tradingd_runtime", "test"});
    BOOST_TEST(connection.exec("SHOW synchronous_commit").text(0, 0) == used, configured);
    BOOST_TEST(connection.exec("SHOW idle_in_transaction_session_timeout").text(0, 0) == "10s");
  }
}

BOOST_AUTO_TEST_CASE(a_transaction_that_lies_idle_ends_its_session) {
  const test::TestDatabase database;
  Connection admin({database.dsn(), "", "admin"});
  Connection idle({database.dsn(), "", "idle"});
  idle.exec("SET idle_in_transaction_session_timeout = 1");
  Transaction transaction(idle);
  const std::string pid = std::to_string(idle.backend_pid());
  while (!admin.exec("SELECT FROM pg_stat_activity WHERE pid = $1", {pid}).empty()) {
  }
  BOOST_CHECK_EXCEPTION(idle.exec("SELECT 1"), DatabaseError,
                        [](const DatabaseError& error) { return error.unavailable(); });
  BOOST_TEST(!idle.usable());
}

BOOST_AUTO_TEST_CASE(a_dsn_of_any_form_is_understood) {
  const test::TestDatabase database;
  const std::string& folder = test::cluster_directory();
  const std::string& name = database.name();
  // The DSN's own settings win over ours, which shows when they are bad.
  struct Case {
    std::string dsn;
    bool good;
  };
  const Case cases[] = {
      {database.dsn(), true},
      {"postgresql:///" + name + "?host=" + folder + "&user=postgres", true},
      {"postgres://postgres:p%3Fw@/" + name + "?host=" + folder + "&connect_timeout=9", true},
      {"postgresql://postgres:p?w@/" + name + "?host=" + folder, true},
      {"postgresql://postgres@/" + name + "?connect_timeout=none&host=" + folder, false},
      {"postgresql:///" + name + "?host=" + folder + "&user=postgres&connect_timeout=none", false},
      {database.dsn() + " connect_timeout=none", false},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.dsn) {
      try {
        Connection connection({one.dsn, "", "test"});
        BOOST_TEST(one.good);
        BOOST_TEST(connection.exec("SELECT current_database()").text(0, 0) == name);
      } catch (const DatabaseError& error) {
        BOOST_TEST(!one.good, error.what());
        BOOST_TEST(std::string(error.what()).find("connect_timeout") != std::string::npos, error.what());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_role_that_is_not_granted_is_refused) {
  const test::TestDatabase database;
  BOOST_CHECK_EXCEPTION(Connection({database.dsn(), "nobody_of_that_name", "test"}), DatabaseError,
                        [](const DatabaseError& error) { return !error.unavailable(); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::store
