#pragma once
// What of a run is in the archive, compared with what its re-execution makes.

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/archive/run_rows.h"
#include "daemon/engine/effects.h"
#include "daemon/store/archives.h"
#include "daemon/store/run_history.h"

namespace tradingd {

/// The archive's files of both per-tick ledgers, opened as they are needed. Used by one thread at a time.
struct ArchiveFiles {
  /// Throws DatabaseError.
  ArchiveFiles(store::Connection& connection, const std::string& directory);

  archive::RunRows marks;
  archive::RunRows equity;
};

/// One run's part of them. Give it the rows of the execution in their order.
class ArchivedRun {
 public:
  /// Both outlive it, and nobody else uses `files` meanwhile.
  ArchivedRun(const store::ArchivedRun& run, RunKey key, ArchiveFiles& files);

  /// Takes out of `effects` the rows that must be in the archive, having compared each; nullopt: they are all there.
  /// A damaged file is a difference, too.
  [[nodiscard]] std::optional<store::Divergence> take(engine::Effects& effects);
  /// At the end: rows that the archive has and the execution doesn't make.
  [[nodiscard]] std::optional<store::Divergence> check_end();

  [[nodiscard]] std::int64_t marks() const { return marks_taken_; }
  [[nodiscard]] std::int64_t equity() const { return equity_taken_; }

 private:
  store::ArchivedRun run_;
  ArchiveFiles& files_;
  std::int64_t marks_taken_ = 0;
  std::int64_t equity_taken_ = 0;
};

}  // namespace tradingd
