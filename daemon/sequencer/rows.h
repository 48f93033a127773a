#pragma once
// A command's answer: the ledger's row that it made or changed, keyed by SQL column names.

#include <nlohmann/json.hpp>

#include "daemon/engine/ledger.h"
#include "daemon/sequencer/work.h"

namespace tradingd::sequencer {

/// Columns of `paper_order`.
[[nodiscard]] nlohmann::json order_row(const engine::Order& order, const engine::Market& market);
/// Columns of `cash_ledger`.
[[nodiscard]] nlohmann::json cash_row(const engine::CashMoved& moved);
/// Columns of `strategy_run` and `engine_state` that say how the run stands.
[[nodiscard]] nlohmann::json run_row(const engine::RunState& state);

/// What `command_log` keeps of a failure, and back.
[[nodiscard]] nlohmann::json failure_document(FailureKind kind, const std::string& message);
[[nodiscard]] CommandReply reply_from_log(const engine::StoredCommand& stored);

}  // namespace tradingd::sequencer
