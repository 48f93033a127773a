#pragma once
// The parts of a Pipeline that its source files share; nobody else includes this.

#include <limits>

#include "daemon/base/log_fields.h"
#include "daemon/sequencer/pipeline.h"

namespace tradingd::sequencer {

inline constexpr std::chrono::milliseconds kRetryPauseMax{2000};
/// Steps gathered into one transaction. Enough to make the round trip cheap; small enough that a
/// command behind a big tick doesn't wait long (measured: chunks of 1,000 runs cost nothing).
inline constexpr std::int64_t kBatchStepsMax = 4096;

/// What the log's lines about a run bear.
inline LogScope log_scope(RunKey key) {
  return {{"USER", std::to_string(key.user.value)}, {"RUN", std::to_string(key.run.value)}};
}

inline constexpr Time kTimeMax{std::numeric_limits<std::int64_t>::max()};

/// Whether what the log has under a request's id is this command; a request id says nothing of that.
inline bool is_command(const engine::StoredCommand& stored, const std::string& method, const std::string& arguments) {
  return stored.method == method && nlohmann::json::parse(stored.arguments) == nlohmann::json::parse(arguments);
}

/// The tick as the run's next input.
inline engine::Input tick_input(const engine::RunState& state, const engine::Market& market, const engine::Tick& tick) {
  return {next_tick_time(state, tick), &market, engine::RunTick{&tick, true, true}};
}

/// A run in memory.
struct Pipeline::Slot {
  engine::RunState state;
  Feed* feed = nullptr;
  std::ptrdiff_t writes = -1;  // index into writes_ while the run is in the batch
  // Hashes of the request ids seen: a new id that isn't among them is certainly new; for one that is, the
  // ledger is asked.
  std::unordered_set<std::uint64_t> requests;
  bool knows_requests = true;  // false: not all of them are there, so the ledger is always asked
};

/// A feed's view and the runs on it, by key.
struct Pipeline::Feed {
  Feed(FeedId feed, engine::Market view) : id(feed), market(std::move(view)) {}

  FeedId id;
  engine::Market market;
  std::vector<Slot*> runs;
  bool unreadable = false;  // its stored ticks are not what this version knows
};

/// An answer that waits for the commit.
struct Pipeline::PendingReply {
  RunKey key;
  std::string request_id;
  CommandReply reply;
  CommandCallback callback;
};

}  // namespace tradingd::sequencer
