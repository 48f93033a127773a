#include "daemon/store/lease.h"

#include <fmt/format.h>

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
// Waits for writes that are still under way: batches hold their shards' rows FOR NO KEY UPDATE, feeds shard 0's
// FOR KEY SHARE.
constexpr const char* kLockRows =
    "SELECT FROM engine_shard WHERE shard_id = ANY ($1::int[]) ORDER BY shard_id FOR UPDATE";
constexpr const char* kLockRowsToRenew =
    "SELECT FROM engine_shard WHERE shard_id = ANY ($1::int[]) ORDER BY shard_id FOR NO KEY UPDATE";
constexpr const char* kTake =
    "UPDATE engine_shard SET holder = $2, epoch = $3, expires_at = now() + $4::int * interval '1 second',"
    " last_batch = 0, burned_batch = 0 WHERE shard_id = ANY ($1::int[])";
constexpr const char* kRenew =
    "UPDATE engine_shard SET expires_at = now() + $3::int * interval '1 second'"
    " WHERE shard_id = ANY ($1::int[]) AND epoch = $2 AND holder IS NOT NULL";
constexpr const char* kRelease =
    "UPDATE engine_shard SET holder = NULL, expires_at = NULL WHERE shard_id = ANY ($1::int[]) AND epoch = $2";

constexpr const char* kStanding =
    "SELECT FROM engine_shard WHERE shard_id = ANY ($1::int[]) AND epoch = $2 AND holder = $3";
// Only those with our locks: a server process's number may be another session's by now.
constexpr const char* kEndSessions =
    "SELECT pg_terminate_backend(pid) FROM (SELECT DISTINCT pid FROM pg_locks"
    " WHERE locktype = 'advisory' AND classid = $1::oid AND objsubid = 2 AND granted AND pid = ANY ($2::int[])"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS ours";

// Sessions that have one of the locks of shards whose lease was not renewed in time: of a daemon that hangs, was
// paused, or whose host is gone.
constexpr const char* kExpired =
    "SELECT array_agg(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1::oid"
    " AND objid::bigint = ANY ($2::bigint[]) AND objsubid = 2 AND granted AND pid <> pg_backend_pid()"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND NOT EXISTS (SELECT FROM engine_shard"
    "   WHERE shard_id = ANY ($2::int[]) AND (holder IS NULL OR expires_at >= clock_timestamp()))";
constexpr const char* kEnd = "SELECT pg_terminate_backend(pid, 5000) FROM unnest($1::int[]) AS pid";

constexpr const char* kShards =
    "SELECT shard_id, coalesce(holder, ''), holder IS NOT NULL AND expires_at >= clock_timestamp()"
    " AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1::oid AND objid = shard_id::oid"
    "   AND objsubid = 2 AND granted"
    "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    " FROM engine_shard ORDER BY shard_id";

std::string array(const std::vector<int>& shards) { return fmt::format("{{{}}}", fmt::join(shards, ",")); }

}  // namespace

Lease::Lease(ConnectionOptions options, std::span<const int> shards, std::string holder, std::chrono::seconds validity)
    : options_(std::move(options)),
      shards_(shards.begin(), shards.end()),
      holder_(std::move(holder)),
      validity_(validity) {}

Lease::~Lease() = default;

StoreResult<std::unique_ptr<Lease>> Lease::acquire(const ConnectionOptions& options, std::span<const int> shards,
                                                   const std::string& holder, std::chrono::seconds validity) {
  try {
    std::unique_ptr<Lease> lease(new Lease(options, shards, holder, validity));
    if (!lease->connect() && !(lease->end_expired_holder() && lease->connect())) {
      const Rows current = lease->connection_->exec(kHolder, {array(lease->shards_)});
      return StoreError{
          StoreErrorKind::conflict,
          fmt::format("this ledger is in use by {}: stop that daemon first, or give this one a database of "
                      "its own ([database] dsn)",
                      current.text(0, 0))};
    }
    lease->take_shards();
    return lease;
  } catch (const DatabaseError& error) {
    const StoreError said = to_store_error(error);
    return StoreError{said.kind, fmt::format("can't take the ledger's lease: {}", said.message)};
  }
}

bool Lease::end_expired_holder() {
  const Rows expired = connection_->exec(kExpired, {std::to_string(kLockClass), array(shards_)});
  if (expired.is_null(0, 0)) return false;
  const std::string sessions{expired.text(0, 0)};
  try {
    // They belong to the login role, which tradingd_runtime may not signal.
    connection_->exec("RESET ROLE");
    connection_->exec(kEnd, {sessions});
  } catch (const DatabaseError& error) {
    if (error.unavailable()) throw;
    // Somebody else's sessions, which are not ours to end: the ledger stays in use.
    connection_.reset();
    connection_ = std::make_unique<Connection>(options_);
    return false;
  }
  return true;
}

bool Lease::connect() {
  connection_.reset();
  connection_ = std::make_unique<Connection>(options_);
  // Noted before the locks are asked for: their answer may be lost.
  const int session = connection_->backend_pid();
  sessions_.push_back(session);
  if (!lock_shards()) {
    sessions_.pop_back();
    return false;
  }
  sessions_ = {session};
  return true;
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

bool Lease::stands() {
  return connection_->exec(kStanding, {array(shards_), std::to_string(epoch_), holder_}).size() ==
         static_cast<int>(shards_.size());
}

void Lease::end_dead_sessions() {
  // They belong to the login role, which tradingd_runtime may not signal.
  connection_->exec("RESET ROLE");
  connection_->exec(kEndSessions, {std::to_string(kLockClass), array(sessions_)});
}

LeaseStatus Lease::renew() {
  try {
    if (!connection_ || !connection_->usable()) {
      if (!connect()) {
        const bool ours = stands();
        if (ours) end_dead_sessions();
        connection_.reset();  // without the locks
        return ours ? LeaseStatus::unavailable : LeaseStatus::lost;
      }
    }
    Transaction transaction(*connection_);
    connection_->exec(kLockRowsToRenew, {array(shards_)});
    const Rows renewed =
        connection_->exec(kRenew, {array(shards_), std::to_string(epoch_), std::to_string(validity_.count())});
    transaction.commit();
    return renewed.affected() == static_cast<std::int64_t>(shards_.size()) ? LeaseStatus::held : LeaseStatus::lost;
  } catch (const DatabaseError&) {
    connection_.reset();  // a half-made one must not pass for one with its locks
    return LeaseStatus::unavailable;
  }
}

StoreResult<std::vector<ShardState>> Lease::look_around() {
  try {
    if (!connection_ || !connection_->usable()) {
      return StoreError{StoreErrorKind::unavailable, "the lease's connection is lost"};
    }
    const Rows rows = connection_->exec(kShards, {std::to_string(kLockClass)});
    std::vector<ShardState> shards;
    shards.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
      shards.push_back({static_cast<int>(rows.integer(row, 0)), std::string(rows.text(row, 1)), rows.boolean(row, 2)});
    }
    return shards;
  } catch (const DatabaseError& error) {
    return to_store_error(error);
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
