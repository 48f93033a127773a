#include "ctl/psql.h"

#include <boost/test/unit_test.hpp>

using namespace tradingd::ctl;

BOOST_AUTO_TEST_CASE(connection_strings_are_understood_as_libpq_does) {
  struct Row {
    const char* dsn;
    const char* database;  // "": none
    bool password;
  };
  constexpr Row kRows[] = {
      {"", "", false},
      {"host=/run/postgresql dbname=tradingd", "tradingd", false},
      {"dbname=a dbname=b", "b", false},
      {"dbname = 'my db' user=x", "my db", false},
      {"dbname='it\\'s' password = 'a b'", "it's", true},
      {"application_name='dbname=no' user=x", "", false},
      {"host=x passfile=/secret dbname=d", "d", false},
      {"postgresql:///tradingd?host=/run/postgresql", "tradingd", false},
      {"postgresql://me@host:5433/led?sslmode=require", "led", false},
      {"postgres://me:p%40ss@host/led", "led", true},
      {"postgresql://host/?dbname=led&password=x", "led", true},
      {"postgresql://host", "", false},
  };
  for (const Row& row : kRows) {
    BOOST_TEST_CONTEXT(row.dsn) {
      BOOST_TEST(database_of(row.dsn).value_or("") == row.database);
      BOOST_TEST(has_password(row.dsn) == row.password);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_connection_string_goes_to_another_database) {
  for (const char* dsn : {"host=x dbname=a", "postgresql:///a", "postgresql://h/a?host=/run"}) {
    BOOST_TEST(database_of(with_database(dsn, "b")).value_or("") == "b");
  }
}

BOOST_AUTO_TEST_CASE(names_and_texts_are_quoted) {
  BOOST_TEST(sql_literal("it's") == "'it''s'");
  BOOST_TEST(sql_name("a\"b") == "\"a\"\"b\"");
}
