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

/// Takes `quantity` (positive) out of the holding, whichever way it is; returns its cost. What it realises is the
/// caller's to book.
Money close_part(Position& position, CostBasis basis, Quantity quantity);
/// A split: quantity and lots × numerator / denominator, each lot rounded towards nothing, the last one with the rest.
/// What is beyond a unit of 1e-8 is lost. Costs stay.
void scale_position(Position& position, std::int64_t numerator, std::int64_t denominator);

/// Books a trade: first it closes what is held the other way, then it opens. Returns what closing realised.
Money apply_trade(Position& position, CostBasis basis, const Trade& trade);

}  // namespace tradingd::engine
