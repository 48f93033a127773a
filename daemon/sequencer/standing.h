#pragma once
// What holds for a pipeline's runs from outside of them, and the inputs that a run still lacks because of it.

#include <map>
#include <string>
#include <vector>

#include "daemon/engine/ledger.h"

namespace tradingd::sequencer {

/// An input with its record, as far as that is known before the step.
struct StandingInput {
  engine::InputBody body;
  engine::CommandRecord record;
};

/// Request ids that begin with this are the daemon's own.
inline constexpr std::string_view kOwnRequestId = "tradingd:";

/// The inputs' methods in `command_log`; `input_of_standing` reads them back.
inline constexpr std::string_view kStateMethod = "trading_state.set";
inline constexpr std::string_view kLimitsMethod = "limits.set";
/// The input that such a command was; nullopt for another method.
[[nodiscard]] std::optional<engine::InputBody> input_of_standing(std::string_view method, const std::string& arguments);

class Standings {
 public:
  /// An order replaces the earlier one of its user, run and kind. One that comes late, when a later one has been read
  /// from the ledger already, changes nothing: it would be carried out, and the later one a second time.
  void take(const engine::StandingOrder& order);
  /// The inputs after which the run is as its standing orders want it. A state that was set for the single run makes
  /// its own one stricter, never looser: that takes a command to the run.
  [[nodiscard]] std::vector<StandingInput> missing(const engine::RunState& run) const;

 private:
  struct State {
    engine::TradingState state = engine::TradingState::active;
    std::string cause;
    std::int64_t uid = -1;
    std::int64_t revision = 0;
  };
  struct Limits {
    engine::Ceiling ceiling;
    std::string cause;
    std::int64_t uid = -1;
    std::int64_t revision = 0;
    bool unreadable = false;
  };

  std::map<RunKey, State> states_;  // run 0: the user's; user 0: everybody's
  std::map<UserId, Limits> limits_;
};

}  // namespace tradingd::sequencer
