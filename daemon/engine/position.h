#pragma once
// Holdings: what trades make of them, at average cost or lot by lot. A short position is negative in quantity and
// in cost, so that value − cost is its unrealised P&L either way.

#include <vector>

#include "daemon/engine/config.h"
#include "daemon/engine/state.h"

namespace tradingd::engine {

/// The run's position, made if there is none yet.
[[nodiscard]] Position& position_for(RunState& state, InstrumentId instrument);
/// nullptr for an instrument never held.
[[nodiscard]] const Position* find_position(const RunState& state, InstrumentId instrument);
/// What is held, negative if it is short; zero for an instrument never held.
[[nodiscard]] Quantity held(const RunState& state, InstrumentId instrument);

/// total × part / whole, rounded half-even once; 0 ≤ part ≤ whole, whole > 0. Exact in between, whatever the size.
[[nodiscard]] Money pro_rata(Money total, Quantity part, Quantity whole);

/// Books a trade: first it closes what is held the other way, then it opens. Returns what closing realised.
Money apply_trade(Position& position, CostBasis basis, const Trade& trade);

}  // namespace tradingd::engine
