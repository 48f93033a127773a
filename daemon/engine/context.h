#pragma once
// What the parts of a step work on. Internal to the engine; lives as long as one step.

#include "daemon/engine/effects.h"
#include "daemon/engine/market.h"
#include "daemon/engine/state.h"

namespace tradingd::engine {

struct Context {
  RunState& state;
  const Market& market;
  Time time;
  Effects& effects;

  [[nodiscard]] const RunConfig& config() const { return *state.config; }
  /// The user's limits; nullptr: none.
  [[nodiscard]] const Limits* ceiling() const { return state.strategy.ceiling.limits.get(); }
  /// The stricter of the run's own maximum and its user's.
  template <typename T>
  [[nodiscard]] std::optional<T> maximum(std::optional<T> Limits::*limit) const {
    const std::optional<T>& own = config().limits.*limit;
    const std::optional<T> most = ceiling() == nullptr ? std::nullopt : ceiling()->*limit;
    return own && most ? std::min(own, most) : own ? own : most;
  }
  /// For a denial's figures: says so where the maximum is the user's and not the run's own.
  template <typename T>
  [[nodiscard]] std::string_view whose(std::optional<T> Limits::*limit) const {
    return maximum(limit) == config().limits.*limit ? "" : kUsersLimit;
  }
  static constexpr std::string_view kUsersLimit = " limit_of=user";
  /// Close of the instrument's last bar; absent before its first.
  [[nodiscard]] std::optional<Price> last_price(InstrumentId instrument) const {
    const Market::Quote* quote = market.quote(instrument);
    return quote == nullptr ? std::nullopt : std::optional(quote->bar.close);
  }
};

/// A no with its figures, or Reason::none.
struct Denial {
  Reason reason = Reason::none;
  std::string detail;  // "needed=1200 available=1000"

  [[nodiscard]] explicit operator bool() const { return reason != Reason::none; }
};

}  // namespace tradingd::engine
