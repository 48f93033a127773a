#pragma once
// What a run's ledger must be: its inputs, in the places that the ledger gives them, executed undisturbed. The inputs
// themselves are the simulation's own record: what the clients sent and what the feeds had.

#include "tests/sim/clients.h"
#include "tests/sim/world.h"

namespace tradingd::sim {

/// Where a run's inputs came from.
struct Sources {
  const Clients* clients;
  const StoredFeed* feed;
  std::size_t feed_index;
  const std::vector<engine::StandingOrder>* standing;
};

/// Holds the run to its undisturbed execution, and a run that the naive model knows to that. Throws Violation.
void check_run(World& world, const Sources& sources, const FoundRun& run);

}  // namespace tradingd::sim
