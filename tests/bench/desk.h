#pragma once
// The benchmarks' workload: many portfolios with a monthly plan each, spread over the days of the month, on a
// feed of daily bars. One tick in about twenty of each is an installment: an order, its trade, a position, two
// movements of cash or one, an event.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/engine/step.h"

namespace tradingd::bench {

inline constexpr int kPlans = 28;  // one for each day of the month that every month has

/// A plan's strategy file; `plan` counts from 0.
[[nodiscard]] std::string plan_toml(int plan);

/// Runs 1 … `runs` of users of the same numbers, in memory. Used by one thread.
class Desk {
 public:
  explicit Desk(int runs);

  /// Pays in the initial cash of each run: the writes of its first batch.
  void start();
  /// Moves the market to the next weekday and steps every run on it. The writes are those of one tick.
  void next_day();
  /// What the last step wrote, by key; valid until the next one.
  [[nodiscard]] std::span<engine::RunWrites> writes() { return writes_; }
  [[nodiscard]] Time time() const { return market_.time(); }
  [[nodiscard]] const engine::RunState& state(std::size_t index) const { return states_[index]; }

  static constexpr const char* kSymbol = "SPX";
  static constexpr std::int64_t kInitialCash = 1'000'000;
  /// Before the first day.
  [[nodiscard]] static Time origin();

 private:
  void step(std::size_t index, const engine::Input& input);

  engine::Market market_;
  engine::Tick tick_;
  Date day_;
  std::vector<engine::RunState> states_;
  std::vector<engine::RunWrites> writes_;
  std::string scratch_;
};

}  // namespace tradingd::bench
