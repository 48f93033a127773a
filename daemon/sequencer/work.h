#pragma once
// What arrives at the sequencer, and how it answers.

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/base/digest.h"
#include "daemon/base/ids.h"
#include "daemon/engine/config.h"
#include "daemon/engine/input.h"
#include "daemon/engine/ledger.h"

namespace tradingd::sequencer {

/// Why a command has no result.
enum class FailureKind : std::uint8_t {
  not_found,    // no such run or order
  conflict,     // a RUNNING run is there already, a request id was used with other arguments …
  refused,      // by a rule of trading
  busy,         // the queue is full
  unavailable,  // the ledger can't be reached, or the daemon is stopping
  internal,     // the run went to ERROR
};

struct CommandReply {
  nlohmann::json result;  // a row; meaningful without a failure
  std::optional<FailureKind> failure;
  std::string message;
};

/// Called exactly once, in a pipeline's thread, after the commit.
using CommandCallback = std::function<void(CommandReply)>;

/// Who asks, and how a repetition is recognised.
struct CommandHeader {
  UserId user;
  std::int64_t uid = -1;
  std::string method;      // "order.place"
  std::string arguments;   // canonical JSON, without the request id
  std::string request_id;  // unique per user
};

/// A mutation of the user's RUNNING run, or of the run named.
struct RunCommand {
  CommandHeader header;
  std::optional<RunId> run;
  engine::InputBody body;  // not Start, not RunTick
  CommandCallback reply;
};

struct StartCommand {
  CommandHeader header;
  FeedId feed;
  std::string name;
  std::string strategy;
  std::shared_ptr<const engine::RunConfig> config;
  std::string config_json;
  Digest config_hash{};
  Money initial_cash;
  Time origin;  // of the feed: the logical time of a run that starts before the first tick
  CommandCallback reply;
};

/// A stored tick, for all runs of the feed. `done` is called once by each pipeline, after its commit; with
/// false when the daemon is stopping and the runs will catch up after its next start.
struct FeedTick {
  FeedId feed;
  std::vector<engine::Instrument> new_instruments;  // registered by this tick, in order
  engine::Tick tick;
};
struct TickWork {
  std::shared_ptr<const FeedTick> tick;  // nullptr: nothing but to call `done`
  std::function<void(bool)> done;
};

/// Standing orders that have been stored, for all runs concerned. `done` as for a tick.
struct StandingWork {
  std::shared_ptr<const engine::StandingOrders> standing;
  std::function<void(bool)> done;
};

using Work = std::variant<RunCommand, StartCommand, TickWork, StandingWork>;

}  // namespace tradingd::sequencer
