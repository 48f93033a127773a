#include "daemon/store/lease.h"

#include <fmt/format.h>

#include <numeric>

#include "daemon/engine/ledger.h"

namespace tradingd::store {

namespace {

/// First half of the advisory locks' keys; the second is the shard.
constexpr int kLockClass = 7498252;
/// A holder that was killed is gone within this, its server process included.
constexpr const char* kLockTimeout = "SET lock_timeout = '1s'";
constexpr const char* kNoLockTimeout = "SET lock_timeout = 0";
constexpr const char* kLockNotAvailable = "55P03";

constexpr const char* kLock = "SELECT pg_advisory_lock($1, shard) FROM unnest($2::int[]) AS shard";
constexpr const char* kUnlockAll = "SELECT pg_advisory_unlock_all()";
constexpr const char* kHolder =
    "SELECT coalesce(string_agg(DISTINCT holder, ', '), 'another program') FROM engine_shard"
    " WHERE shard_id = ANY ($1::int[]) AND holder IS NOT NULL";
// Waits for batches that are still under way: they hold their shards' rows.
constexpr const char* kLockRows =
    "SELECT FROM engine_shard WHERE shard_id = ANY ($1::int[]) ORDER BY shard_id FOR NO KEY UPDATE";
constexpr const char* kTake =
    "UPDATE engine_shard SET holder = $2, epoch = $3, expires_at = now() + $4::int * interval '1 second',"
    " last_batch = 0, burned_batch = 0 WHERE shard_id = ANY ($1::int[])";
constexpr const char* kRenew =
    "UPDATE engine_shard SET expires_at = now() + $3::int * interval '1 second'"
    " WHERE shard_id = ANY ($1::int[]) AND epoch = $2 AND holder IS NOT NULL";
constexpr const char* kRelease =
    "UPDATE engine_shard SET holder = NULL, expires_at = NULL WHERE shard_id = ANY ($1::int[]) AND epoch = $2";

std::string array(const std::vector<int>& shards) { return fmt::format("{{{}}}", fmt::join(shards, ",")); }

}  // namespace

Lease::Lease(ConnectionOptions options, std::span<const int> shards, std::string holder, std::chrono::seconds validity)
    : options_(std::move(options)),
      shards_(shards.begin(), shards.end()),
      holder_(std::move(holder)),
      validity_(validity) {}

Lease::~Lease() = default;

std::vector<int> Lease::all_shards() {
  std::vector<int> shards(engine::kShardCount);
  std::iota(shards.begin(), shards.end(), 0);
  return shards;
}

Result<std::unique_ptr<Lease>> Lease::acquire(const ConnectionOptions& options, std::span<const int> shards,
                                              const std::string& holder, std::chrono::seconds validity) {
  try {
    std::unique_ptr<Lease> lease(new Lease(options, shards, holder, validity));
    lease->connection_ = std::make_unique<Connection>(options);
    if (!lease->lock_shards()) {
      const Rows current = lease->connection_->exec(kHolder, {array(lease->shards_)});
      return Error{
          fmt::format("this ledger is in use by {}: stop that daemon first, or give this one a database of "
                      "its own ([database] dsn)",
                      current.text(0, 0))};
    }
    lease->take_shards();
    return lease;
  } catch (const DatabaseError& error) {
    return Error{fmt::format("can't take the ledger's lease: {}", error.what())};
  }
}

bool Lease::lock_shards() {
  connection_->exec(kLockTimeout);
  try {
    connection_->exec(kLock, {std::to_string(kLockClass), array(shards_)});
  } catch (const DatabaseError& error) {
    if (error.sqlstate() != kLockNotAvailable) throw;
    connection_->exec(kUnlockAll);
    return false;
  }
  connection_->exec(kNoLockTimeout);
  return true;
}

void Lease::take_shards() {
  Transaction transaction(*connection_);
  connection_->exec(kLockRows, {array(shards_)});
  epoch_ = connection_->exec("SELECT nextval('engine_epoch_seq')").integer(0, 0);
  connection_->exec(kTake, {array(shards_), holder_, std::to_string(epoch_), std::to_string(validity_.count())});
  transaction.commit();
}

LeaseStatus Lease::renew() {
  try {
    if (!connection_ || !connection_->usable()) {
      connection_.reset();
      auto fresh = std::make_unique<Connection>(options_);
      connection_ = std::move(fresh);
      if (!lock_shards()) return LeaseStatus::lost;
    }
    Transaction transaction(*connection_);
    connection_->exec(kLockRows, {array(shards_)});
    const Rows renewed =
        connection_->exec(kRenew, {array(shards_), std::to_string(epoch_), std::to_string(validity_.count())});
    transaction.commit();
    return renewed.affected() == static_cast<std::int64_t>(shards_.size()) ? LeaseStatus::held : LeaseStatus::lost;
  } catch (const DatabaseError&) {
    connection_.reset();  // a half-made one must not pass for one with its locks
    return LeaseStatus::unavailable;
  }
}

LeaseStatus Lease::release() {
  std::int64_t released = 0;
  try {
    if (!connection_ || !connection_->usable()) return LeaseStatus::unavailable;
    Transaction transaction(*connection_);
    connection_->exec(kLockRows, {array(shards_)});
    released = connection_->exec(kRelease, {array(shards_), std::to_string(epoch_)}).affected();
    transaction.commit();
  } catch (const DatabaseError&) {
    connection_.reset();
    return LeaseStatus::unavailable;
  }
  connection_.reset();
  return released == static_cast<std::int64_t>(shards_.size()) ? LeaseStatus::held : LeaseStatus::lost;
}

}  // namespace tradingd::store
