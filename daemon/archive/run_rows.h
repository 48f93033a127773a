#pragma once
// The archived rows of one run after the other, out of the files of one ledger.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/archive/archive_file.h"

namespace tradingd::archive {

/// A file of the archive, as the ledger knows it.
struct Part {
  std::string name;
  std::string manifest_digest;  // hexadecimal
};

/// Opens files when they are needed, and keeps the block of each that it read last: runs asked for in the order of
/// their keys cost each block once. Used by one thread at a time.
class RunRows {
 public:
  /// `parts` in the order in which they were archived, which is that of each run's rows.
  RunRows(std::string directory, std::vector<Part> parts);
  ~RunRows();
  RunRows(const RunRows&) = delete;
  RunRows& operator=(const RunRows&) = delete;

  /// The next call of next() gives the first row of this run.
  void seek(RunKey run);
  /// A row without the end of its line; nullopt: there are no more of this run. It is valid until the next call.
  [[nodiscard]] Result<std::optional<std::string_view>> next();

 private:
  struct OpenPart;
  [[nodiscard]] std::optional<Error> open(OpenPart& part) const;
  /// Goes to the part's first block that may have rows of the run, or the next one; false: there is none.
  [[nodiscard]] Result<bool> load_block(OpenPart& part);

  std::string directory_;
  std::vector<OpenPart> parts_;
  RunKey run_;
  std::size_t part_ = 0;
  std::optional<std::size_t> block_;  // of the part, the one that is being read
  std::size_t place_ = 0;             // in it
};

}  // namespace tradingd::archive
