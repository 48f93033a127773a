#pragma once
// A batch's rows as the parameters of apply_batch (sql/functions/write_path.sql).

#include <array>
#include <span>
#include <string>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/store/connection.h"
#include "daemon/store/row_array.h"

namespace tradingd::store {

/// The arrays of a batch, in the order of apply_batch's parameters.
enum class BatchArray : std::uint8_t {
  runs,
  headers,
  orders,
  trades,
  positions,
  cash_rows,
  marks,
  equity_rows,
  events,
  commands,
};
inline constexpr std::size_t kBatchArrays = 10;

/// The identifiers that the arrays' row types have in one database.
using BatchTypes = std::array<Oid, kBatchArrays>;
/// Throws DatabaseError.
[[nodiscard]] BatchTypes load_batch_types(Connection& connection);

/// The call of apply_batch, or of its fast form, with the parameters that BatchRows::encode gives.
[[nodiscard]] const Statement& apply_statement(bool fast);

/// "{1,2}": the shards of these runs' users, each once, ascending.
[[nodiscard]] std::string shards_text(std::span<const engine::RunWrites> runs);

/// Encodes batches; keeps its buffers between them. Used by one thread.
class BatchRows {
 public:
  BatchRows();

  /// All parameters of apply_batch; valid until the next call. Of an order or position that changed several times,
  /// only the last row is sent. `reported`: places in `runs`, counted from 1, of those whose engine_status is to be
  /// brought up to date.
  [[nodiscard]] BinaryParams encode(const BatchTypes& types, const engine::BatchKey& key,
                                    std::span<const engine::RunWrites> runs, std::span<const std::int32_t> reported);
  /// The parameters of compare_batch: the same rows of one run, all marks and equity rows among their arrays.
  /// Without `with_state` the run's own row is left out.
  [[nodiscard]] BinaryParams encode_for_comparison(const BatchTypes& types, const engine::RunWrites& writes,
                                                   bool with_state);

 private:
  enum class Marks : std::uint8_t { within_run, apart };

  void clear();
  void add(const engine::RunWrites& writes, Marks marks);
  void add_run(const engine::RunWrites& writes, bool last_mark_within);
  void add_header(const engine::RunWrites& writes);
  void add_order(const engine::RunWrites& writes, const engine::Order& order);
  void add_trade(const engine::RunWrites& writes, const engine::Trade& trade);
  void add_position(const engine::RunWrites& writes, const engine::Position& position);
  void add_cash(const engine::CashMoved& moved);
  void add_marks(const engine::Effects& effects, bool last_is_apart);
  void add_event(const engine::Event& event);
  void add_command(const engine::CommandRecord& command);
  /// A row that names the run being added.
  RowArray& begin_row(BatchArray array);
  RowArray& rows_of(BatchArray array) { return arrays_[static_cast<std::size_t>(array)]; }

  std::array<RowArray, kBatchArrays> arrays_;
  std::int32_t place_ = 0;  // of the run being added
  bool marked_ = false;
  std::array<std::string, 5> scalars_;
  engine::Fields fee_parts_;
  std::vector<const engine::Order*> last_orders_;
  std::vector<const engine::Position*> last_positions_;
};

}  // namespace tradingd::store
