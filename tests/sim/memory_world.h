#pragma once
// Layer A's ledger: PostgreSQL's part of the contract in memory. A batch is applied whole or not at all, behind the
// fence, for RUNNING runs at the expected version; every row is held to the rules of sql/migrations as it comes.

#include <deque>
#include <map>
#include <set>
#include <utility>

#include "tests/sim/world.h"

namespace tradingd::sim {

class MemoryWorld : public World {
 public:
  struct Run {
    engine::RunState state;
    FeedId feed;
    std::string status = "RUNNING";
    Time start_time;
    Money initial_cash;
    std::string config;
    engine::Effects effects;             // all of them, in order
    std::vector<FoundCommand> commands;  // in the order in which they were written
    std::set<std::string> event_keys;
    std::int64_t tampered = 0;
  };

  /// `planted` makes the ledger lose a committed tick's rows now and then: for the canary.
  MemoryWorld(std::uint64_t seed, bool planted);

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
  void poison(RunKey run) override { poisoned_.insert(run); }
  bool tamper(RunKey run) override;
  std::optional<std::int64_t> stop_behind(RunKey run) override;
  bool delete_behind(RunKey run) override;
  void heal() override;
  std::optional<engine::StoredCommand> command(UserId user, const std::string& request_id) override;
  std::vector<FoundRun> runs() override;
  std::vector<FoundCommand> commands(RunKey run) override;
  std::string difference(const engine::RunWrites& expected) override;
  std::string broken_invariants() override;
  std::int64_t run_ticks() override { return run_ticks_; }
  std::int64_t late_refused() override { return late_refused_; }

 private:
  friend class MemoryLedger;
  struct Shard {
    std::int64_t last = 0;
    std::int64_t burned = 0;
  };
  /// A statement whose session is gone.
  struct InFlight {
    engine::BatchKey key;
    std::function<engine::ApplyOutcome()> arrive;
  };

  engine::ApplyOutcome pass_fence(const engine::BatchKey& key, const std::set<int>& shards);
  engine::ApplyOutcome apply(const engine::BatchKey& key, std::span<const engine::RunWrites> runs);
  engine::ApplyOutcome start(const engine::BatchKey& key, const engine::NewRun& run, const engine::RunWrites& writes);
  engine::ApplyOutcome fail(const engine::BatchKey& key, RunKey run);
  engine::BatchFate read_back(const engine::BatchKey& key, int shard);
  void write(Run& run, const engine::RunWrites& one);
  void check_rows(const Run& run, const engine::RunWrites& one) const;
  static void check_cash(const Run& run, const engine::RunWrites& one);
  static void check_orders(const Run& run, const engine::RunWrites& one);
  static void check_curve(const Run& run, const engine::RunWrites& one);
  [[nodiscard]] bool is_halted(UserId user) const;
  void settle_in_flight();
  std::uint64_t chance();

  std::uint64_t entropy_;
  bool planted_;
  std::int64_t epoch_ = 0;
  std::int64_t last_run_ = 0;
  std::int64_t run_ticks_ = 0;
  std::int64_t late_refused_ = 0;
  std::map<int, Shard> shards_;
  std::map<FeedId, StoredFeed> feeds_;
  std::map<RunKey, Run> runs_;
  std::map<std::pair<UserId, std::string>, engine::StoredCommand> log_;
  std::map<UserId, std::vector<std::string>> request_ids_;
  std::set<RunKey> poisoned_;
  std::vector<engine::StandingOrder> standing_;  // by revision, from 1
  std::deque<InFlight> in_flight_;
  bool making_late_ = false;  // what is sent goes under way instead
  std::int64_t users_ = 0;
};

}  // namespace tradingd::sim
