#pragma once
// Layer B's ledger: a PostgreSQL of its own, whose faults are real. Sessions are terminated while they wait for a lock,
// in the middle of their commit, or after it while they wait for a standby that isn't there; statements are canceled
// and run into deadlocks and time-outs; server processes and the server are killed.

#include <map>
#include <set>

#include "daemon/store/lease.h"
#include "daemon/store/postgres_ledger.h"
#include "tests/sim/random.h"
#include "tests/sim/saboteur.h"
#include "tests/sim/world.h"
#include "tests/support/postgres.h"

namespace tradingd::sim {

using Configs = std::vector<std::shared_ptr<const engine::RunConfig>>;

class PostgresWorld : public World {
 public:
  /// `configs` must outlive it. `path`: which of the two ways batches are written.
  PostgresWorld(std::uint64_t seed, const Configs& configs, store::WritePath path);

  UserId add_user() override;
  FeedId add_feed() override;
  void add_instrument(FeedId feed, const engine::Instrument& instrument) override;
  void store_tick(FeedId feed, const engine::Tick& tick) override;
  void log_foreign_command(UserId user, const std::string& request_id) override;
  engine::StandingOrder add_standing_order(UserId user, engine::TradingState state) override;
  std::int64_t take_lease() override;
  std::unique_ptr<engine::LedgerStore> open_ledger() override;
  engine::ApplyOutcome strike(Fault fault, const engine::BatchKey& key, std::span<const RunKey> runs,
                              const std::function<engine::ApplyOutcome()>& send) override;
  void poison(RunKey run) override;
  bool tamper(RunKey run) override;
  std::optional<std::int64_t> stop_behind(RunKey run) override;
  bool delete_behind(RunKey run) override;
  void heal() override;
  std::optional<engine::StoredCommand> command(UserId user, const std::string& request_id) override;
  std::vector<FoundRun> runs() override;
  std::vector<FoundCommand> commands(RunKey run) override;
  std::string difference(const engine::RunWrites& expected) override;
  std::string broken_invariants() override;
  std::int64_t run_ticks() override;
  Blows blows() override { return saboteur_.blows(); }

 private:
  [[nodiscard]] store::ConnectionOptions runtime() const;
  /// The superuser's connection, made again after the server was killed.
  store::Connection& sql();
  engine::ApplyOutcome lose(bool committed, std::span<const RunKey> runs,
                            const std::function<engine::ApplyOutcome()>& send);

  test::TestDatabase database_;
  const Configs& configs_;
  store::WritePath path_;
  Random random_;
  std::unique_ptr<store::Connection> sql_;
  Saboteur saboteur_;
  std::unique_ptr<store::Lease> lease_;
  store::BatchRows rows_;
  std::map<FeedId, std::vector<std::string>> symbols_;
  std::int64_t run_ticks_ = 0;
  int asked_ = 0;
  std::int64_t standing_orders_ = 0;
};

}  // namespace tradingd::sim
