// The per-tick ledgers are split as they grow, while runs go on, and their rules hold in every part.

#include <boost/test/unit_test.hpp>

#include "daemon/store/partitions.h"
#include "tests/ledger/ledger_case.h"

namespace tradingd::test {

namespace {

constexpr std::int64_t kFullAtOnce = 1;  // byte

std::string partitions_of(LedgerCase& ledger, const std::string& table) {
  return ledger.value(
      "SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid) FROM pg_inherits WHERE "
      "inhparent = $1::regclass",
      {table});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(partitions)

BOOST_AUTO_TEST_CASE(full_partitions_are_split_while_runs_go_on) {
  on_both_paths([](LedgerCase& ledger) {
    TestFeed feed(ledger.sql, "us");
    TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
    store::Partitions patient(ledger.runtime());
    BOOST_TEST(patient.split_full().value().empty());
    store::Partitions partitions(ledger.runtime(), kFullAtOnce);
    BOOST_TEST(partitions.split_full().value().empty());  // nothing there yet
    run.run(buy("1"));
    for (int i = 0; i < 6; ++i) {
      run.tick(minute(i), "100", "200");
      if (i % 2 == 1) BOOST_TEST(partitions.split_full().value().size() == 2);
    }
    BOOST_TEST(partitions.split_full().value().empty());
    BOOST_TEST(partitions_of(ledger, "mtm_ledger") == "mtm_ledger_1 mtm_ledger_2 mtm_ledger_3 mtm_ledger_4");
    BOOST_TEST(ledger.value("SELECT count(*) FROM mtm_ledger_2") == "2");
    BOOST_TEST(ledger.value("SELECT count(*) FROM paper_equity_curve_4") == "0");
    BOOST_TEST(ledger.count("mtm_ledger", run.key()) == 6);

    // The guards of a new part, for rows that go to it by name and through the whole.
    run.run(engine::Stop{"done"});
    const std::string key = std::to_string(run.key().user.value) + ", " + std::to_string(run.key().run.value);
    for (const char* table : {"mtm_ledger_4", "paper_equity_curve_4", "mtm_ledger"}) {
      BOOST_TEST(ledger.refusal(std::string("INSERT INTO ") + table + " (user_id, run_id, logical_time) VALUES (" +
                                key + ", '2031-01-01T00:00:00Z')") == "TD002");
    }
    BOOST_TEST(ledger.refusal("UPDATE mtm_ledger_2 SET market_value = 7") == "TD002");
    BOOST_TEST(ledger.refusal("INSERT INTO mtm_ledger_4 (user_id, run_id, logical_time) VALUES (77, 77, "
                              "'2031-01-01T00:00:00Z')") == "23503");
    ledger.sql.exec("SELECT run_delete(" + key + ")");
    BOOST_TEST(ledger.value("SELECT count(*) FROM mtm_ledger") == "0");
  });
}

// Whoever reads for long is not waited for: batches would wait behind.
BOOST_AUTO_TEST_CASE(a_ledger_that_is_being_read_is_split_later) {
  LedgerCase ledger(store::WritePath::fast);
  TestFeed feed(ledger.sql, "us");
  TestRun run = ledger.start(ledger.add_user("alice"), feed, "1000");
  run.tick(minute(0), "100", "200");
  store::Partitions partitions(ledger.runtime(), kFullAtOnce);
  store::Connection reader(ledger.runtime());
  {
    const store::Transaction open(reader);
    reader.exec("SELECT count(*) FROM mtm_ledger");
    BOOST_TEST(partitions.split_full().value() == std::vector<std::string>{"paper_equity_curve"},
               boost::test_tools::per_element());
  }
  run.tick(minute(1), "100", "200");
  BOOST_TEST(partitions.split_full().value().size() == 2);
}

BOOST_AUTO_TEST_CASE(only_the_ledgers_can_be_split) {
  LedgerCase ledger(store::WritePath::fast);
  BOOST_TEST(ledger.refusal("SELECT split_full_partition('strategy_run', 0)") == "22023");
  store::Connection reader({ledger.database.dsn(), "tradingd_readonly", "reader"});
  BOOST_CHECK_THROW(reader.exec("SELECT split_full_partition('mtm_ledger', 0)"), store::DatabaseError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::test
