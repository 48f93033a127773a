#pragma once
// Partitions of the per-tick ledgers that leave for files, and what has left: see sql/functions/archive.sql.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/base/time.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

struct LedgerPartition {
  std::string ledger;
  std::string name;
  std::optional<Time> since;  // nullopt: from the beginning
  Time until;                 // of the row after it
};

/// Rows of a partition as lines of CSV.
struct CsvPage {
  std::string lines;
  std::int64_t rows = 0;
  RunKey first;
  RunKey last;
};

/// What a partition held when it was read; by it the database knows whether that still is so.
struct PartitionContent {
  std::int64_t rows = 0;
  std::string content;
};

/// A part of the archive.
struct ArchivedPartition {
  std::string name;
  std::string manifest_digest;  // hexadecimal
};

/// How much of a run is in the archive: its rows up to these times, and none after.
struct ArchivedRun {
  std::int64_t marks = 0;
  Time marked_until = kTimeMin;
  std::int64_t equity = 0;
  Time equity_until = kTimeMin;

  friend bool operator==(const ArchivedRun&, const ArchivedRun&) = default;
};

// All of these throw DatabaseError, or UnreadableField for what can't be put into a file.

/// Partitions that hold rows, all of them before `before`; the oldest first, ledger by ledger.
[[nodiscard]] std::vector<LedgerPartition> archivable_partitions(Connection& connection, Time before);

/// The first line of a ledger's CSV.
[[nodiscard]] std::string csv_columns(const LedgerPartition& partition);

/// Reads a partition in one snapshot, ascending by (user_id, run_id, logical_time), and hands it on in pages; stops
/// when `take` returns false, and then gives nullopt.
[[nodiscard]] std::optional<PartitionContent> read_partition(Connection& connection, const LedgerPartition& partition,
                                                             const std::function<bool(const CsvPage&)>& take);

enum class Removal : std::uint8_t {
  removed,
  changed,      // it isn't any more what was read
  later,        // others are using it; nothing has changed
  unavailable,  // the connection was lost: it may have been removed or not
};
/// Takes a partition out of the ledger, whose rows are durable in a file. `connection` as tradingd_runtime.
[[nodiscard]] Removal remove_archived(Connection& connection, const LedgerPartition& partition,
                                      const PartitionContent& content, const std::string& manifest_digest,
                                      std::int64_t uid);

/// A ledger's parts in the order in which they were archived.
[[nodiscard]] std::vector<ArchivedPartition> archived_partitions(Connection& connection, const std::string& ledger);
/// nullopt: nothing of the run was archived.
[[nodiscard]] std::optional<ArchivedRun> load_archived_run(Connection& connection, RunKey key);

}  // namespace tradingd::store
