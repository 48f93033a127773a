#pragma once
// A batch's rows as the parameters of apply_batch (sql/functions/write_path.sql).

#include <span>

#include "daemon/engine/ledger.h"
#include "daemon/store/connection.h"
#include "daemon/store/row_array.h"

namespace tradingd::store {

/// "{1,2}": the shards of these runs' users, each once, ascending.
[[nodiscard]] std::string shards_text(std::span<const engine::RunWrites> runs);

/// Encodes batches; keeps its buffers between them. Used by one thread.
class BatchRows {
 public:
  /// All thirteen parameters. Of an order or position that changed several times, only the last row is sent.
  [[nodiscard]] Params encode(const engine::BatchKey& key, std::span<const engine::RunWrites> runs);

 private:
  void add(const engine::RunWrites& writes);
  void add_run(const engine::RunWrites& writes);
  void add_header(const engine::RunWrites& writes);
  void add_order(const engine::RunWrites& writes, const engine::Order& order);
  void add_trade(const engine::RunWrites& writes, const engine::Trade& trade);
  void add_position(const engine::RunWrites& writes, const engine::Position& position);
  void add_cash(const engine::RunWrites& writes, const engine::CashMoved& moved);
  void add_event(const engine::RunWrites& writes, const engine::Event& event);
  void add_command(const engine::RunWrites& writes, const engine::CommandRecord& command);

  RowArray runs_;
  RowArray headers_;
  RowArray orders_;
  RowArray trades_;
  RowArray positions_;
  RowArray cash_;
  RowArray marks_;
  RowArray equity_;
  RowArray events_;
  RowArray commands_;
  std::vector<const engine::Order*> last_orders_;
  std::vector<const engine::Position*> last_positions_;
};

}  // namespace tradingd::store
