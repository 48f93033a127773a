#pragma once
// Users are hashed into shards; a daemon writes only for those whose lease it holds.

#include <numeric>
#include <vector>

#include "daemon/base/ids.h"

namespace tradingd::engine {

inline constexpr int kShardCount = 64;
[[nodiscard]] constexpr int shard_of(UserId user) { return static_cast<int>(user.value & (kShardCount - 1)); }

/// Whoever holds this one moves the feeds; other daemons follow them through the ledger.
inline constexpr int kFeedShard = 0;

[[nodiscard]] inline std::vector<int> all_shards() {
  std::vector<int> shards(kShardCount);
  std::iota(shards.begin(), shards.end(), 0);
  return shards;
}

}  // namespace tradingd::engine
