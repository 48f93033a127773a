#pragma once
// Identifiers. Each is its own type, so that a user's id can't be passed where a run's is meant.

#include <compare>
#include <cstdint>
#include <functional>

namespace tradingd {

template <typename Tag, typename Representation>
struct Id {
  Representation value{};

  friend constexpr auto operator<=>(Id, Id) = default;
};

/// Surrogate keys, given by the database.
using UserId = Id<struct UserTag, std::int64_t>;
using RunId = Id<struct RunTag, std::int64_t>;
using FeedId = Id<struct FeedTag, std::int64_t>;

/// Numbered 1, 2, 3 … inside their run by the engine, so that a replay gives the same ones.
using OrderId = Id<struct OrderTag, std::int64_t>;
using TradeId = Id<struct TradeTag, std::int64_t>;

/// Index of an instrument in its feed's table, from 0, in order of registration.
using InstrumentId = Id<struct InstrumentTag, std::int32_t>;

/// A run's full key; orders runs as the ledger's primary keys do, which is the order of locking.
struct RunKey {
  UserId user;
  RunId run;

  friend constexpr auto operator<=>(const RunKey&, const RunKey&) = default;
};

}  // namespace tradingd

template <typename Tag, typename Representation>
struct std::hash<tradingd::Id<Tag, Representation>> {
  std::size_t operator()(tradingd::Id<Tag, Representation> id) const noexcept {
    return std::hash<Representation>{}(id.value);
  }
};

template <>
struct std::hash<tradingd::RunKey> {
  std::size_t operator()(const tradingd::RunKey& key) const noexcept {
    // A run's id is unique by itself; the user's only makes the key distributable.
    return std::hash<std::int64_t>{}(key.run.value);
  }
};
