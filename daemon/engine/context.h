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
