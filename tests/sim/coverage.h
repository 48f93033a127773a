#pragma once
// What the generator has reached: a simulation that never hits a case proves nothing about it.

#include <array>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <string_view>

#include "daemon/engine/input.h"
#include "tests/sim/fault.h"

namespace tradingd::sim {

inline constexpr std::array<std::string_view, 10> kInputs{
    "run.start",     "order.place",   "order.cancel", "order.replace", "cash.deposit",
    "cash.withdraw", "run.set_state", "run.stop",     "tick",          "trading_state.set"};
inline constexpr std::size_t kTickInput = 8;

class Coverage {
 public:
  /// An input of a run in `state` was in a write that `fault` struck.
  void write(std::string_view input, engine::TradingState state, Fault fault);
  void operation(Operation operation, bool crashed);
  /// Anything else that must come up, by name.
  void seen(const std::string& what) { ++others_[what]; }
  void merge(const Coverage& other);

  [[nodiscard]] std::int64_t faults() const { return faults_; }
  void count_fault() { ++faults_; }

  /// Prints the tables; returns how many cells that must be hit were not.
  int report(std::ostream& out, bool layer_b) const;

 private:
  int report_writes(std::ostream& out, bool layer_b) const;
  int report_others(std::ostream& out, bool layer_b) const;

  std::array<std::array<std::array<std::int64_t, kFaultCount>, 3>, kInputs.size()> writes_{};
  std::array<std::array<std::int64_t, 2>, kOperationCount> operations_{};
  std::map<std::string, std::int64_t> others_;
  std::int64_t faults_ = 0;
};

}  // namespace tradingd::sim
