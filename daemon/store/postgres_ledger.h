#pragma once
// engine::LedgerStore on PostgreSQL: each batch is one statement, which commits by itself.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/store/batch_rows.h"
#include "daemon/store/connection.h"
#include "daemon/store/run_loading.h"

namespace tradingd::store {

enum class WritePath : std::uint8_t {
  automatic,  // fast for large batches, where the server grants the right to it; checked for small ones
  fast,       // row-by-row checks off inside the one function that makes them once per run
  checked,    // all checks on
};

/// Connects at the first call, and again at the next one after a connection was lost; so construction never
/// fails and an instance outlives outages of the database. Used by one thread at a time.
class PostgresLedger : public engine::LedgerStore {
 public:
  /// `options.role` should be tradingd_runtime.
  PostgresLedger(ConnectionOptions options, ConfigReader read_config, WritePath path = WritePath::automatic);

  engine::ApplyOutcome apply(const engine::BatchKey& key, std::span<const engine::RunWrites> runs) override;
  engine::ApplyOutcome start_run(const engine::BatchKey& key, const engine::NewRun& run,
                                 const engine::RunWrites& writes) override;
  /// `absent` is final: the batch can't be committed any more, so it must be sent again under a new number.
  engine::BatchFate read_back(const engine::BatchKey& key, int shard) override;
  engine::ApplyOutcome fail_run(const engine::BatchKey& key, RunKey run, const std::string& reason) override;

  Result<RunId> allocate_run_id() override;
  Result<engine::LoadedRuns> load_runs(std::span<const int> shards) override;
  Result<engine::LoadedRuns> load_run(RunKey run) override;
  Result<engine::Market> load_market(FeedId feed, Time time) override;
  Result<std::vector<engine::Tick>> load_ticks(FeedId feed, Time after, int limit) override;
  [[nodiscard]] bool unreadable() const override { return unreadable_; }
  Result<engine::StandingOrders> load_standing_orders(std::int64_t after) override;
  Result<std::optional<engine::StoredCommand>> find_command(UserId user, const std::string& request_id) override;

  /// Which path the last connection took; false before the first.
  [[nodiscard]] bool writes_fast() const { return writes_fast_; }

 private:
  Connection& connection();
  Rows send_batch(Connection& open, const engine::BatchKey& key, std::span<const engine::RunWrites> runs);
  /// Places in `runs`, counted from 1, of those whose engine_status is old.
  std::span<const std::int32_t> due_reports(std::span<const engine::RunWrites> runs);
  engine::ApplyOutcome write(const std::function<Rows(Connection&)>& send);
  template <typename T>
  Result<T> read(const char* what, const std::function<T(Connection&)>& query);

  ConnectionOptions options_;
  ConfigReader read_config_;
  WritePath path_;
  std::unique_ptr<Connection> connection_;
  bool writes_fast_ = false;
  bool unreadable_ = false;  // what the last read was to give
  BatchTypes types_{};       // of the connection's database
  BatchRows rows_;
  std::unordered_map<RunKey, std::chrono::steady_clock::time_point> reported_;  // when, of each run
  std::vector<std::int32_t> due_;
};

}  // namespace tradingd::store
