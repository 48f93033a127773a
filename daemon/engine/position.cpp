#include "daemon/engine/position.h"

#include <algorithm>
#include <limits>

namespace tradingd::engine {

namespace {

auto place_of(const std::vector<Position>& positions, InstrumentId instrument) {
  return std::lower_bound(positions.begin(), positions.end(), instrument,
                          [](const Position& position, InstrumentId id) { return position.instrument < id; });
}

Quantity magnitude(Quantity quantity) { return quantity.is_negative() ? -quantity : quantity; }

/// The same part of a cost, which is negative for a short position.
Money cost_share(Money cost, Quantity part, Quantity whole) {
  return cost.is_negative() ? -pro_rata(-cost, part, whole) : pro_rata(cost, part, whole);
}

/// Takes `closing` out of the oldest lots; returns its cost.
Money close_lots(std::vector<Lot>& lots, Quantity closing) {
  Money cost;
  auto lot = lots.begin();
  for (; closing.is_positive(); ++lot) {
    TD_ASSERT(lot != lots.end());
    const Quantity size = magnitude(lot->quantity);
    if (closing < size) {
      const Money share = cost_share(lot->cost, closing, size);
      lot->cost -= share;
      lot->quantity += lot->quantity.is_positive() ? -closing : closing;
      cost += share;
      break;
    }
    closing -= size;
    cost += lot->cost;
  }
  lots.erase(lots.begin(), lot);
  return cost;
}

}  // namespace

Position& position_for(RunState& state, InstrumentId instrument) {
  const auto place = state.positions.begin() + (place_of(state.positions, instrument) - state.positions.begin());
  if (place != state.positions.end() && place->instrument == instrument) {
    return *place;
  }
  Position fresh;
  fresh.instrument = instrument;
  return *state.positions.insert(place, std::move(fresh));
}

const Position* find_position(const RunState& state, InstrumentId instrument) {
  const auto place = place_of(state.positions, instrument);
  return place != state.positions.end() && place->instrument == instrument ? &*place : nullptr;
}

Quantity held(const RunState& state, InstrumentId instrument) {
  const Position* position = find_position(state, instrument);
  return position != nullptr ? position->quantity : Quantity{};
}

Money pro_rata(Money total, Quantity part, Quantity whole) {
  TD_ASSERT(!total.is_negative() && !part.is_negative() && part <= whole && whole.is_positive());
  // total = each × whole + rest; `rest` and `part` are below 2^63, so that their product fits.
  const Int128 each = total.units / whole.units;
  const Int128 product = total.units % whole.units * part.units;
  const Int128 remainder = product % whole.units;
  const Int128 floor = each * part.units + product / whole.units;
  const Int128 twice = remainder * 2;
  const bool up = twice > whole.units || (twice == whole.units && (floor & 1) != 0);
  return {floor + (up ? 1 : 0)};
}

Money close_part(Position& position, CostBasis basis, Quantity quantity) {
  const Money cost = basis == CostBasis::fifo ? close_lots(position.lots, quantity)
                                              : cost_share(position.cost, quantity, magnitude(position.quantity));
  position.cost -= cost;
  position.quantity += position.quantity.is_positive() ? -quantity : quantity;
  return cost;
}

void scale_position(Position& position, std::int64_t numerator, std::int64_t denominator) {
  const auto scaled = [&](Quantity quantity) {
    const Int128 units = Int128{quantity.units} * numerator / denominator;
    constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
    return Quantity{static_cast<std::int64_t>(std::clamp(units, -kMost, kMost))};
  };
  position.quantity = scaled(position.quantity);
  if (position.lots.empty()) {
    return;
  }
  Quantity rest = position.quantity;
  for (Lot& lot : position.lots) {
    lot.quantity = scaled(lot.quantity);
    rest -= lot.quantity;
  }
  position.lots.back().quantity += rest;
}

Money apply_trade(Position& position, CostBasis basis, const Trade& trade) {
  const bool buy = trade.side == Side::buy;
  const bool closes = buy ? position.quantity.is_negative() : position.quantity.is_positive();
  const Quantity size = magnitude(position.quantity);
  const Quantity closing = closes ? std::min(trade.quantity, size) : Quantity{};
  const Quantity opening = trade.quantity - closing;
  Money notional = trade.notional;  // of what opens
  Money realized;
  if (closing.is_positive()) {
    const Money closed = pro_rata(trade.notional, closing, trade.quantity);
    const Money cost = close_part(position, basis, closing);
    notional -= closed;
    realized = (buy ? -closed : closed) - cost;
    position.realized_pnl += realized;
  }
  if (opening.is_positive()) {
    const Money cost = buy ? notional : -notional;
    const Quantity quantity = buy ? opening : -opening;
    position.quantity += quantity;
    position.cost += cost;
    if (basis == CostBasis::fifo) {
      position.lots.push_back({trade.id, trade.time, quantity, cost});
    }
  }
  return realized;
}

}  // namespace tradingd::engine
