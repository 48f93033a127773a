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
  int chunk = 4'096;         // runs in a batch at most
  std::int64_t preload = 0;  // rows in each per-tick table before the first tick
  bool checked = false;
};
/// Ticks of all runs through PostgresLedger::apply, each followed by a COPY of its rows (see reference.h) over as
/// many connections.
[[nodiscard]] nlohmann::json bench_ledger(const LedgerOptions& options);

/// Makes runs of users 1 … `runs` ("user1" …) on the push feed "bench", in a migrated database that nobody has
/// written to; tells the first days on which the feed can be pushed.
[[nodiscard]] nlohmann::json bench_seed(const std::string& dsn, int runs);

/// Copies the rows of `ticks` ticks that the ledger got last (see reference.h); L of what somebody else wrote.
[[nodiscard]] nlohmann::json bench_reference(const std::string& dsn, int ticks, int connections);

struct OrdersOptions {
  std::string socket;  // of a daemon with as many runs of user1 … as there are clients, and a price of Desk::kSymbol
  int clients = 1;
  double seconds = 5;
  double warm_up_s = 1;
};
/// Market orders, one at a time of each client. Latencies are from send to the whole answer.
[[nodiscard]] nlohmann::json bench_orders(const OrdersOptions& options);

struct EngineOptions {
  int runs = 1;
  int steps = 100'000;
};
/// Daily bars of two symbols through runs with a monthly plan, equity at every bar.
[[nodiscard]] nlohmann::json bench_replay(const EngineOptions& options);
/// Place and cancel a resting order, buy and sell at once: four inputs a step.
[[nodiscard]] nlohmann::json bench_matching(const EngineOptions& options);

}  // namespace tradingd::bench
