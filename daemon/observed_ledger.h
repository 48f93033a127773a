#pragma once
// A ledger that is watched while it is written to: how long commits take, what was traded and refused, and
// which runs have new rows. The pipelines write through it and know nothing of it.

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/histogram.h"

namespace tradingd {

inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(engine::Reason::invalid_amount) + 1;

/// Counted since the start, over all pipelines. Any thread.
struct LedgerActivity {
  Histogram commits;  // of batches and of runs' beginnings, the database's part
  std::atomic<std::int64_t> trades{0};
  std::atomic<std::int64_t> orders{0};                             // rows written or changed
  std::array<std::atomic<std::int64_t>, kReasonCount> rejected{};  // orders, by reason
};

class ObservedLedger final : public engine::LedgerStore {
 public:
  /// Hears of each run with newly committed rows, in the writing thread: must not block.
  using CommittedFunction = std::function<void(RunKey)>;

  /// `activity` outlives it.
  ObservedLedger(std::unique_ptr<engine::LedgerStore> ledger, LedgerActivity& activity, CommittedFunction committed);

  engine::ApplyOutcome apply(const engine::BatchKey& key, std::span<const engine::RunWrites> runs) override;
  engine::ApplyOutcome start_run(const engine::BatchKey& key, const engine::NewRun& run,
                                 const engine::RunWrites& writes) override;
  engine::BatchFate read_back(const engine::BatchKey& key, int shard) override;
  engine::ApplyOutcome fail_run(const engine::BatchKey& key, RunKey run, const std::string& reason) override;

  Result<RunId> allocate_run_id() override { return ledger_->allocate_run_id(); }
  Result<engine::LoadedRuns> load_runs(std::span<const int> shards) override { return ledger_->load_runs(shards); }
  Result<engine::LoadedRuns> load_run(RunKey run) override { return ledger_->load_run(run); }
  Result<engine::Market> load_market(FeedId feed, Time time) override { return ledger_->load_market(feed, time); }
  Result<std::vector<engine::Tick>> load_ticks(FeedId feed, Time after, int limit) override {
    return ledger_->load_ticks(feed, after, limit);
  }
  [[nodiscard]] bool unreadable() const override { return ledger_->unreadable(); }
  Result<engine::StandingOrders> load_standing_orders(std::int64_t after) override {
    return ledger_->load_standing_orders(after);
  }
  Result<std::optional<engine::StoredCommand>> find_command(UserId user, const std::string& request_id) override {
    return ledger_->find_command(user, request_id);
  }

 private:
  engine::ApplyOutcome timed(const std::function<engine::ApplyOutcome()>& write);
  void count(const engine::RunWrites& writes);

  std::unique_ptr<engine::LedgerStore> ledger_;
  LedgerActivity& activity_;
  CommittedFunction committed_;
  std::vector<RunKey> uncertain_;  // of the batch whose fate is not known
};

}  // namespace tradingd
