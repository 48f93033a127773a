#pragma once
// Keeps the partitions of the per-tick ledgers small: see sql/functions/partitions.sql.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

/// Half a million rows, about: measured, of 50 thousand to 2 million.
inline constexpr std::int64_t kPartitionBytes = 40'000'000;

/// Connects when it is first used, and again after a lost connection. Used by one thread at a time.
class Partitions {
 public:
  /// `options.role` should be tradingd_runtime.
  explicit Partitions(ConnectionOptions options, std::int64_t full_bytes = kPartitionBytes)
      : options_(std::move(options)), full_bytes_(full_bytes) {}

  /// Splits what is full; the ledgers whose last partition was ended. To be called every few seconds. A ledger that
  /// is just being read at length is left for the next time; an error is the database's.
  [[nodiscard]] Result<std::vector<std::string>> split_full();

 private:
  ConnectionOptions options_;
  std::int64_t full_bytes_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace tradingd::store
