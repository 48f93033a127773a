#pragma once
// The engine: one pure function. It does no I/O, reads no clock, starts no thread and draws no random
// number; the same object code runs in the daemon, the backtester, the verification and the simulator.

#include <string>

#include "daemon/engine/effects.h"
#include "daemon/engine/input.h"
#include "daemon/engine/state.h"

namespace tradingd::engine {

enum class StepStatus : std::uint8_t {
  applied,            // the state moved on, by one version
  already_processed,  // a tick or a time that the run has moved past: nothing changed
  refused,            // can't be done (cancel of an unknown order, withdrawal beyond the cash …): nothing changed
};

/// What a step answers. A *rejected order* is `applied`: it is a row, and `order` names it.
struct StepResult {
  StepStatus status = StepStatus::applied;
  Reason reason = Reason::none;  // of a refusal, or of the placed order's rejection
  std::string detail;
  OrderId order;  // placed, canceled, or found again by its client id; 0: none
};

/// Applies `input` to `state` and appends what happened to `effects`.
///
/// A tick does, in this order: session events (DAY expiry) → corporate actions → resting orders in price-time order →
/// due SIP installments → due rebalance → new market orders' fills → mark-to-market → equity. A command's time must be
/// `next_command_time()`, a tick's `next_tick_time()`. The rolling digest is not touched: see `advance_digest`.
[[nodiscard]] StepResult step(RunState& state, const Input& input, Effects& effects);

/// Logical time of a tick that is executed: the feed's, or last + 1 µs where commands have taken the run past it.
[[nodiscard]] Time next_tick_time(const RunState& state, const Tick& tick);

/// Logical time of a command that arrives now: max(feed time, last + 1 µs).
[[nodiscard]] Time next_command_time(const RunState& state, const Market& market);

/// Chains the canonical bytes of `effects` since `from` into `state.digest`. Apart from `step`, since
/// a backtest needs no digest. `scratch` is a buffer to reuse.
void advance_digest(RunState& state, const Effects& effects, const EffectsPosition& from, std::string& scratch);

}  // namespace tradingd::engine
