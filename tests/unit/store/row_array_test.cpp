// Rows in PostgreSQL's binary format, as PostgreSQL reads them.
#include "daemon/store/row_array.h"

#include <array>
#include <boost/test/unit_test.hpp>

#include "daemon/store/batch_rows.h"
#include "tests/support/postgres.h"

namespace tradingd::store {

namespace {

constexpr Statement kMarks{"marks",
                           "SELECT run, logical_time, market_value, unrealized_pnl FROM unnest($1::mark_change[])"};
constexpr Statement kEvents{"events", "SELECT run, seq, type, payload FROM unnest($1::event_change[])"};
constexpr std::array kMarkColumns{ColumnType::integer, ColumnType::timestamptz, ColumnType::numeric,
                                  ColumnType::numeric};
constexpr std::array kEventColumns{ColumnType::integer, ColumnType::bigint, ColumnType::timestamptz,
                                   ColumnType::text,    ColumnType::text,   ColumnType::jsonb};

struct Database {
  test::TestDatabase database;
  Connection connection{{database.dsn(), "tradingd_runtime", "test"}};
  BatchTypes types = load_batch_types(connection);

  [[nodiscard]] Oid type(BatchArray array) const { return types[static_cast<std::size_t>(array)]; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(row_array)

BOOST_AUTO_TEST_CASE(decimals_and_times_arrive_as_they_are) {
  Database database;
  Int128 large = 1;
  for (int i = 0; i < 37; ++i) large *= 10;
  const std::vector<Int128> values{0,
                                   1,
                                   -1,
                                   9'999,
                                   10'000,
                                   10'001,
                                   99'999'999,
                                   kScale,
                                   -kScale,
                                   kScale + 1,
                                   10'000 * Int128{kScale},
                                   123'456'789'012'345,
                                   large,
                                   -large - 7,
                                   kMoneyMax.units};
  const std::vector<Time> times{kTimeMin, {0}, {-1}, {1'577'836'800'123'456}};
  RowArray rows(kMarkColumns);
  rows.clear();
  for (const Int128 value : values) {
    rows.begin_row();
    rows.integer(rows.rows());
    rows.time(times[static_cast<std::size_t>(rows.rows()) % times.size()]);
    rows.units(value);
    rows.null();
    rows.end_row();
  }
  const Rows found = database.connection.exec_binary(kMarks, {rows.finish(database.type(BatchArray::marks))});
  BOOST_REQUIRE(found.size() == static_cast<int>(values.size()));
  for (int row = 0; row < found.size(); ++row) {
    const auto index = static_cast<std::size_t>(row);
    BOOST_TEST(found.integer(row, 0) == row + 1);
    BOOST_TEST((parse_units(found.text(row, 2)) == values[index]), found.text(row, 2));
    BOOST_TEST(found.is_null(row, 3));
  }
  BOOST_TEST(found.text(2, 1) == "2020-01-01 00:00:00.123456+00");
  BOOST_TEST(found.text(3, 1) == "-infinity");
  BOOST_TEST(found.text(4, 1) == "1970-01-01 00:00:00+00");
  BOOST_TEST(found.text(5, 1) == "1969-12-31 23:59:59.999999+00");
}

BOOST_AUTO_TEST_CASE(texts_and_documents_need_no_quotes) {
  Database database;
  const std::string odd = "a \"quoted\\\", {brace} (and) NULL\n\t\xC3\xA9";
  RowArray rows(kEventColumns);
  for (int round = 0; round < 2; ++round) {  // the buffer is used again
    rows.clear();
    rows.begin_row();
    rows.integer(1);
    rows.integer(-5);
    rows.time({0});
    rows.text(odd);
    rows.text("");
    rows.fields({{"text", odd}, {"other", "1"}});
    rows.end_row();
  }
  const Rows found = database.connection.exec_binary(kEvents, {rows.finish(database.type(BatchArray::events))});
  BOOST_REQUIRE(found.size() == 1);
  BOOST_TEST(found.integer(0, 1) == -5);
  BOOST_TEST(found.text(0, 2) == odd);
  BOOST_TEST(found.text(0, 3) == R"({"text": "a \"quoted\\\", {brace} (and) NULL\n\té", "other": "1"})");
}

BOOST_AUTO_TEST_CASE(no_rows_are_an_empty_array) {
  Database database;
  RowArray rows(kEventColumns);
  rows.clear();
  BOOST_TEST(database.connection.exec_binary(kEvents, {rows.finish(database.type(BatchArray::events))}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::store
