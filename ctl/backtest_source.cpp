#include "ctl/backtest_source.h"

#include <algorithm>
#include <memory>

#include "daemon/base/assert.h"
#include "daemon/base/digest.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

json page(json columns, json rows) {
  return {{"columns", std::move(columns)}, {"rows", std::move(rows)}, {"next", nullptr}};
}

/// The closes of a symbol that the run has seen.
json bars(const FeedFile& feed, const BacktestResult& result, const std::string& symbol) {
  json rows = json::array();
  // Not Market::find, to which an old symbol is the new one.
  const auto instruments = result.market.instruments();
  const auto instrument = std::find_if(instruments.begin(), instruments.end(),
                                       [&](const engine::Instrument& one) { return one.symbol == symbol; });
  for (const FeedTick& one : feed.ticks) {
    for (const engine::Bar& bar : one.tick.bars) {
      if (instrument != instruments.end() && bar.instrument == instrument->id) {
        rows.push_back({format_time(one.tick.time), to_string(bar.close)});
      }
    }
  }
  return page({"logical_time", "close"}, std::move(rows));
}

/// Those rows of a table whose `status` is the one that is asked for, if one is.
json rows_of(const LedgerTable& table, const json& arguments) {
  if (!arguments.contains("status")) return page(table.columns, table.rows);
  const auto status =
      static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), "status") - table.columns.begin());
  json rows = json::array();
  std::copy_if(table.rows.begin(), table.rows.end(), std::back_inserter(rows),
               [&](const json& row) { return row.at(status) == arguments.at("status"); });
  return page(table.columns, std::move(rows));
}

}  // namespace

ReportSource report_source(const FeedFile& feed, const std::string& feed_name, const config::StrategyDocument& strategy,
                           Money initial_cash, const BacktestResult& result) {
  const auto tables = std::make_shared<const std::vector<LedgerTable>>(ledger_tables(result));
  return [&feed, &feed_name, &strategy, initial_cash, &result, tables](std::string_view method,
                                                                       const json& arguments) -> Answer {
    if (method == "run.show") {
      return json{{"run_id", nullptr},
                  {"strategy", strategy.strategy},
                  {"feed", feed_name},
                  {"trading_state", to_text(result.state.trading_state)},
                  {"initial_cash", to_string(initial_cash)},
                  {"net_deposits", to_string(result.deposits)},
                  {"equity", to_string(result.equity)},
                  {"cash", to_string(result.state.cash)},
                  {"market_value", to_string(result.equity - result.state.cash)},
                  {"fees", to_string(result.fees)},
                  {"digest", to_hex(result.state.digest)},
                  {"config_hash", to_hex(strategy.hash)}};
    }
    if (method == "run.verify") {
      const bool same = run_backtest(feed, strategy, initial_cash, false).state.digest == result.state.digest;
      const char* verdict = same ? "bit_exact" : "diverged";
      const char* detail = same ? "" : "executed twice, it came to different rows";
      return page({"verdict", "detail"}, json::array({json::array({verdict, detail})}));
    }
    if (method == "bar.list") return bars(feed, result, arguments.at("symbol").get<std::string>());
    const auto table =
        std::find_if(tables->begin(), tables->end(), [&](const LedgerTable& one) { return method == one.method; });
    TD_ASSERT(table != tables->end());
    return rows_of(*table, arguments);
  };
}

}  // namespace tradingd::ctl
