#pragma once
// A seed's own mix of everything: swarm testing (Groce et al., 2012) reaches what one average mix never would, since
// in each simulation some kinds of inputs and faults are rare or absent, and others come in crowds.

#include <array>
#include <cstdint>

#include "tests/sim/fault.h"
#include "tests/sim/random.h"

namespace tradingd::sim {

struct Swarm {
  int users = 0;
  int feeds = 0;
  int pipelines = 0;
  int batch_max = 0;           // work items that a pipeline takes at once
  int fault_permille = 0;      // of writes
  int operation_permille = 0;  // of the other operations
  int command_weight = 0;      // against ticks at 20
  int quiet_ticks = 0;         // stored at once while no daemon runs, now and then
  bool close_ticks = false;    // some ticks are a microsecond or two apart, so that commands pass them
  std::array<int, kFaultCount> fault_weights{};
  std::array<int, 8> command_weights{};  // in the order of kInputs

  /// `layer_b`: fewer users and no long gaps, since each row costs there.
  static Swarm of(Random random, bool layer_b);
};

/// An index, chosen by weight; at least one must be positive.
template <std::size_t N>
std::size_t weighted(Random& random, const std::array<int, N>& weights) {
  int total = 0;
  for (const int weight : weights) {
    total += weight;
  }
  std::int64_t at = random.below(total);
  for (std::size_t i = 0; i < N; ++i) {
    at -= weights[i];
    if (at < 0) {
      return i;
    }
  }
  return N - 1;
}

}  // namespace tradingd::sim
