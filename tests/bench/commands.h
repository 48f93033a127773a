#pragma once
// What tradingd_bench measures. All functions throw std::runtime_error when something can't be measured.

#include <nlohmann/json.hpp>
#include <string>

namespace tradingd::bench {

struct LedgerOptions {
  std::string dsn;  // of a migrated database that nobody has written to
  int runs = 1'000;
  int ticks = 10;
  int connections = 1;
  int chunk = 4'096;  // runs in a batch at most
  bool checked = false;
};
/// Ticks of all runs through PostgresLedger::apply, each followed by a COPY of its rows (see reference.h) over as
/// many connections.
[[nodiscard]] nlohmann::json bench_ledger(const LedgerOptions& options);

}  // namespace tradingd::bench
