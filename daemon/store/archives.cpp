#include "daemon/store/archives.h"

#include <array>
#include <string_view>

#include "daemon/base/assert.h"
#include "daemon/store/fields.h"
#include "daemon/store/values.h"

namespace tradingd::store {

namespace {

/// A ledger's figures, after the key (user_id, run_id, logical_time).
struct LedgerColumns {
  std::string_view ledger;
  std::string_view figures;
};
constexpr std::array kLedgers{LedgerColumns{"mtm_ledger", "market_value,unrealized_pnl"},
                              LedgerColumns{"paper_equity_curve", "cash,mtm,equity"}};
constexpr std::string_view kKey = "user_id,run_id,logical_time";
constexpr int kPageRows = 4096;  // also a block of the file: small enough to be read for one run

constexpr const char* kEnded =
    "SELECT name, since, until FROM ledger_partitions($1) WHERE isfinite(until) AND until <= $2::timestamptz";
constexpr const char* kRemove = "SELECT remove_archived_partition($1, $2, $3, $4, decode($5, 'hex'), $6)";
constexpr const char* kParts =
    "SELECT name, encode(manifest_digest, 'hex') FROM ledger_archive WHERE ledger = $1 ORDER BY archive_id";
constexpr const char* kRun =
    "SELECT marks, marked_until, equity_rows, equity_until FROM run_archive WHERE user_id = $1 AND run_id = $2";

std::string_view figures_of(std::string_view ledger) {
  for (const LedgerColumns& each : kLedgers) {
    if (each.ledger == ledger) return each.figures;
  }
  TD_ASSERT(false);
}

/// The rows of a page, each with its time as the daemon writes times; `last_time` is the last row's in the database's
/// words.
CsvPage page_of(const Rows& rows, std::string& last_time) {
  constexpr int kTimeColumn = 2;
  CsvPage page;
  page.rows = rows.size();
  const auto key = [&](int row) { return RunKey{UserId{rows.integer(row, 0)}, RunId{rows.integer(row, 1)}}; };
  page.first = key(0);
  page.last = key(rows.size() - 1);
  last_time = rows.text(rows.size() - 1, kTimeColumn);
  for (int row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < rows.columns(); ++column) {
      if (column > 0) page.lines += ',';
      if (column != kTimeColumn) {
        page.lines += rows.text(row, column);
      } else if (const auto time = iso_time(rows.text(row, column))) {
        page.lines += *time;
      } else {
        throw UnreadableField("a row at an infinite time, which no file can hold; it was not written by the daemon");
      }
    }
    page.lines += '\n';
  }
  return page;
}

}  // namespace

std::vector<LedgerPartition> archivable_partitions(Connection& connection, Time before) {
  std::vector<LedgerPartition> found;
  for (const LedgerColumns& ledger : kLedgers) {
    const Rows rows = connection.exec(kEnded, {std::string(ledger.ledger), format_time(before)});
    for (int row = 0; row < rows.size(); ++row) {
      const std::string name(rows.text(row, 0));
      if (!connection.exec("SELECT EXISTS (SELECT FROM " + name + ")").boolean(0, 0)) continue;
      found.push_back({std::string(ledger.ledger), name,
                       rows.is_null(row, 1) ? std::nullopt : time_from_database(rows.text(row, 1)),
                       time_from_database(rows.text(row, 2)).value()});
    }
  }
  return found;
}

std::string csv_columns(const LedgerPartition& partition) {
  return std::string(kKey).append(",").append(figures_of(partition.ledger));
}

std::optional<PartitionContent> read_partition(Connection& connection, const LedgerPartition& partition,
                                               const std::function<bool(const CsvPage&)>& take) {
  const std::string sql = "SELECT " + csv_columns(partition) + " FROM " + partition.name +
                          " WHERE (user_id, run_id, logical_time) > ($1, $2, $3) ORDER BY user_id, run_id, logical_time"
                          " LIMIT " +
                          std::to_string(kPageRows);
  Transaction snapshot(connection, Transaction::Kind::snapshot);
  Params place{"0", "0", "-infinity"};
  std::int64_t read = 0;
  for (int size = kPageRows; size == kPageRows;) {
    const Rows rows = connection.exec(sql, place);
    size = rows.size();
    if (size == 0) break;
    std::string last_time;
    const CsvPage page = page_of(rows, last_time);
    if (!take(page)) return std::nullopt;
    read += page.rows;
    place = {std::to_string(page.last.user.value), std::to_string(page.last.run.value), last_time};
  }
  const Rows content = connection.exec("SELECT * FROM partition_content($1)", {partition.name});
  snapshot.commit();
  TD_ASSERT(content.integer(0, 0) == read);
  return PartitionContent{read, std::string(content.text(0, 1))};
}

Removal remove_archived(Connection& connection, const LedgerPartition& partition, const PartitionContent& content,
                        const std::string& manifest_digest, std::int64_t uid) {
  constexpr std::array<std::string_view, 2> kTryLater{"55P03", "40P01"};  // a lock was not to be had in time
  try {
    connection.exec(kRemove, {partition.ledger, partition.name, std::to_string(content.rows), content.content,
                              manifest_digest, std::to_string(uid)});
    return Removal::removed;
  } catch (const DatabaseError& error) {
    if (error.unavailable()) return Removal::unavailable;
    if (error.sqlstate() == "TD007") return Removal::changed;
    if (error.sqlstate() == kTryLater[0] || error.sqlstate() == kTryLater[1]) return Removal::later;
    throw;
  }
}

std::vector<ArchivedPartition> archived_partitions(Connection& connection, const std::string& ledger) {
  const Rows rows = connection.exec(kParts, {ledger});
  std::vector<ArchivedPartition> parts;
  parts.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    parts.push_back({std::string(rows.text(row, 0)), std::string(rows.text(row, 1))});
  }
  return parts;
}

std::optional<ArchivedRun> load_archived_run(Connection& connection, RunKey key) {
  const Rows rows = connection.exec(kRun, {std::to_string(key.user.value), std::to_string(key.run.value)});
  if (rows.empty()) return std::nullopt;
  Fields row(rows, 0);
  ArchivedRun run;
  run.marks = row.integer();
  run.marked_until = row.time();
  run.equity = row.integer();
  run.equity_until = row.time();
  return run;
}

}  // namespace tradingd::store
