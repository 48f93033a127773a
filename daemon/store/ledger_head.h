#pragma once
// What the log keeps of the ledger, so that an edit of its history shows, however consistent it is.

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/digest.h"
#include "daemon/base/result.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

struct LedgerHead {
  std::int64_t runs = 0;  // that the engine has written
  Digest digest{};        // over all their keys, versions and rolling digests, in the order of their keys
  /// "head of run 3 of user 1: version 120, digest …" for the RUNNING ones, 1,000 at most. Executing a run again up to
  /// that version must give that digest.
  std::vector<std::string> running;
};

/// Connects, reads and blocks. An error is the database's.
[[nodiscard]] Result<LedgerHead> read_ledger_head(const ConnectionOptions& options);

}  // namespace tradingd::store
