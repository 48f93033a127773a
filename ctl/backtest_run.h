#pragma once
// One run over a feed in memory, by the engine that the daemon runs: the same inputs give the same ledger.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ctl/feed_file.h"
#include "daemon/config/strategy.h"
#include "daemon/engine/effects.h"
#include "daemon/engine/state.h"

namespace tradingd::ctl {

/// What a run has come to.
struct BacktestResult {
  engine::RunState state;
  engine::Market market;
  std::int64_t inputs = 0;
  std::int64_t orders = 0;
  std::int64_t rejected = 0;
  std::int64_t trades = 0;
  Money fees;
  Money deposits;  // what was paid in, less what was taken out
  Money realized_pnl;
  Money equity;
  std::int64_t drawdown = 0;  // the largest fall of the equity from a peak, as a part of the peak; scaled 1e-8
  engine::Effects effects;    // all of them, if they were asked for
};

/// Starts a run with `initial_cash` and steps it through all ticks. Any thread.
[[nodiscard]] BacktestResult run_backtest(const FeedFile& feed, const config::StrategyDocument& strategy,
                                          Money initial_cash, bool keep_effects);

/// A ledger table's rows as the daemon's lists have them.
struct LedgerTable {
  std::string name;    // of the file: "trades"
  std::string method;  // of the daemon's list: "trade.list"
  nlohmann::json columns;
  nlohmann::json rows;
};
/// orders, trades, positions, cash, events and equity of a run whose effects were kept.
[[nodiscard]] std::vector<LedgerTable> ledger_tables(const BacktestResult& result);

}  // namespace tradingd::ctl
