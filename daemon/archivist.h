#pragma once
// Moves old partitions of the per-tick ledgers into files (daemon/archive), and says whether those are as they were
// written.
//
// A partition goes in this order: its rows are read in one snapshot and written; the files are made durable under their
// names; they are read again from the disk; then one transaction drops the partition, if it still is what was read, and
// notes the file's digest. Whatever ends in between leaves the ledger whole, and the next attempt writes the files
// anew.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/store/archives.h"
#include "daemon/store/connection.h"

namespace tradingd {

struct ArchiveRequest {
  Time before;  // only partitions whose rows are all before it
  bool dry_run = false;
  std::int64_t uid = -1;                           // who asked; -1: the retention setting
  std::optional<std::size_t> partitions_max = {};  // nullopt: all there are
};

/// Any thread; one archives at a time, the others wait.
class Archivist {
 public:
  /// `writing`: as tradingd_runtime. `directory` is made when it is needed.
  Archivist(store::ConnectionOptions writing, std::string directory)
      : writing_(std::move(writing)), directory_(std::move(directory)) {}

  /// A list {columns: [ledger, since, until, rows, file, verdict], rows, next}, of what was archived, or with dry_run
  /// would be. Blocks; gives up with an error between two partitions when `canceled` becomes true. After an error,
  /// what was archived before it stays so.
  [[nodiscard]] Result<nlohmann::json> archive(const ArchiveRequest& request, const std::atomic<bool>& canceled);

  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  struct Outcome;
  [[nodiscard]] Result<Outcome> archive_one(store::Connection& connection, const store::LedgerPartition& partition,
                                            std::int64_t uid, const std::atomic<bool>& canceled) const;
  /// The rows into durable files.
  [[nodiscard]] Result<Outcome> write(store::Connection& connection, const store::LedgerPartition& partition) const;

  store::ConnectionOptions writing_;
  std::string directory_;
  std::mutex mutex_;
};

/// One row for ledger.verify, {check, verdict, detail}, for each file of the archive: sound or damaged. `connection`
/// may be any reader's.
[[nodiscard]] nlohmann::json check_archive(store::Connection& connection, const std::string& directory);

}  // namespace tradingd
