#include "tests/sim/swarm.h"

namespace tradingd::sim {

Swarm Swarm::of(Random random, bool layer_b) {
  Swarm swarm;
  swarm.users = static_cast<int>(random.between(2, layer_b ? 40 : 12));
  swarm.feeds = static_cast<int>(random.between(1, 2));
  swarm.pipelines = static_cast<int>(random.between(1, 3));
  swarm.batch_max = static_cast<int>(std::array{1, 2, 4, 8, 16}.at(static_cast<std::size_t>(random.below(5))));
  swarm.fault_permille = static_cast<int>(random.chance(1, 10) ? 0 : random.between(40, 250));
  swarm.operation_permille = static_cast<int>(random.chance(1, 4) ? 0 : random.between(1, 30));
  swarm.command_weight = static_cast<int>(random.between(2, 40));
  if (!layer_b && random.chance(1, 10)) {
    // Less than a page of catching up, exactly one, and more.
    const std::int64_t gap = random.below(3);
    swarm.quiet_ticks =
        static_cast<int>(gap == 0 ? random.between(100, 500) : 2000 + (gap - 1) * random.between(1, 50));
  }
  swarm.close_ticks = random.chance(1, 5);
  for (const FaultInfo& fault : kFaults) {
    const bool possible = fault.fault != Fault::none && (layer_b ? fault.layer_b : fault.layer_a);
    const bool wanted = random.chance(2, 3);
    const int weight = static_cast<int>(random.between(1, 8));
    swarm.fault_weights.at(static_cast<std::size_t>(fault.fault)) = possible && wanted ? weight : 0;
  }
  // A server that is killed costs a second or two, and some must be.
  if (int& killed = swarm.fault_weights.at(static_cast<std::size_t>(Fault::server_killed)); killed > 0) {
    killed = 4;
  }
  swarm.fault_weights.at(static_cast<std::size_t>(Fault::unavailable)) += 1;
  constexpr std::array<int, 8> kUsual{2, 30, 14, 12, 10, 10, 16, 7};
  for (std::size_t i = 0; i < kUsual.size(); ++i) {
    swarm.command_weights.at(i) = static_cast<int>(kUsual.at(i) * random.between(i == 1 ? 2 : 0, 8));
  }
  return swarm;
}

}  // namespace tradingd::sim
