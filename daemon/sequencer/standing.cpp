#include "daemon/sequencer/standing.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/engine/limit_table.h"

namespace tradingd::sequencer {

namespace {

using engine::Scope;
using engine::TradingState;
using nlohmann::json;

/// Unique: a run has each version once. (An order alone can come back: one of a user's is in force again when another
/// version of the daemon can read the limits that had halted him.)
std::string request_id(std::int64_t revision, std::string_view what, const engine::RunState& run, std::size_t earlier) {
  return std::string(kOwnRequestId) + std::string(what) + "-" + std::to_string(revision) + "-" +
         std::to_string(run.key.run.value) + "-" + std::to_string(run.version + 1 + static_cast<std::int64_t>(earlier));
}

engine::CommandRecord record_of(std::string id, std::int64_t uid, std::string_view method, const json& arguments) {
  engine::CommandRecord record;
  record.request_id = std::move(id);
  record.uid = uid;
  record.method = method;
  record.arguments = arguments.dump();
  return record;
}

}  // namespace

std::optional<engine::InputBody> input_of_standing(std::string_view method, const std::string& arguments) {
  const json document = json::parse(arguments);
  if (method == kStateMethod) {
    const auto state = engine::trading_state_from_text(document.at("trading_state").get<std::string>());
    const auto scope = engine::scope_from_text(document.at("scope").get<std::string>());
    return state && scope ? std::optional<engine::InputBody>(
                                engine::SetTradingState{*state, document.at("reason").get<std::string>(), *scope})
                          : std::nullopt;
  }
  if (method == kLimitsMethod) {
    Result<engine::Limits> limits = engine::limits_from_text(document.at("limits").get<std::string>());
    return limits ? std::optional<engine::InputBody>(
                        engine::SetCeiling{std::make_shared<const engine::Limits>(std::move(limits).value()),
                                           document.at("reason").get<std::string>()})
                  : std::nullopt;
  }
  return std::nullopt;
}

void Standings::take(const engine::StandingOrder& order) {
  if (order.ceiling) {
    Limits& limits = limits_[order.user];
    if (limits.revision <= order.revision) {
      limits = {*order.ceiling, order.cause, order.uid, order.revision, order.state.has_value()};
    }
  } else if (order.state) {
    State& state = states_[{order.user, order.run}];
    if (state.revision <= order.revision) {
      state = {*order.state, order.cause, order.uid, order.revision};
    }
  }
}

std::vector<StandingInput> Standings::missing(const engine::RunState& run) const {
  std::vector<StandingInput> inputs;
  const engine::TradingStates& has = run.strategy.states;
  const auto want_state = [&](Scope scope, TradingState now, const State& wanted) {
    if (now == wanted.state) {
      return;
    }
    inputs.push_back(
        {engine::SetTradingState{wanted.state, wanted.cause, scope},
         record_of(request_id(wanted.revision, to_text(scope), run, inputs.size()), wanted.uid, kStateMethod,
                   {{"trading_state", to_text(wanted.state)}, {"scope", to_text(scope)}, {"reason", wanted.cause}})});
  };
  const auto state_of = [&](RunKey key) {
    const auto found = states_.find(key);
    return found == states_.end() ? State{} : found->second;
  };
  want_state(Scope::daemon, has.daemon, state_of({UserId{0}, RunId{0}}));

  State user = state_of({run.key.user, RunId{0}});
  const auto limits = limits_.find(run.key.user);
  if (limits != limits_.end() && limits->second.unreadable) {
    user = {TradingState::halted, limits->second.cause, limits->second.uid, limits->second.revision};
  }
  want_state(Scope::user, has.user, user);

  const State own = state_of(run.key);
  if (own.state > has.run) {
    want_state(Scope::run, has.run, own);
  }
  if (limits != limits_.end() && !limits->second.unreadable) {
    const Limits& wanted = limits->second;
    const engine::Limits none;
    const engine::Limits& now = run.strategy.ceiling.limits ? *run.strategy.ceiling.limits : none;
    const engine::Limits& then = wanted.ceiling.limits ? *wanted.ceiling.limits : none;
    if (now != then) {
      inputs.push_back({engine::SetCeiling{wanted.ceiling.limits, wanted.cause},
                        record_of(request_id(wanted.revision, "limits", run, inputs.size()), wanted.uid, kLimitsMethod,
                                  {{"limits", engine::to_text(then)}, {"reason", wanted.cause}})});
    }
  }
  return inputs;
}

}  // namespace tradingd::sequencer
