#pragma once
// A ledger in memory with scripted faults: what the sequencer is tested against where a fault has to
// come at an exact moment. The real one is tested in tests/ledger and tests/plan.

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/engine/ledger.h"

namespace tradingd::test {

/// What the next write does.
enum class Fault {
  none,
  lost_committed,  // committed, and the answer is lost
  lost_absent,     // rolled back, and the answer is lost
  unavailable,     // not even sent
  deadlock,        // 40P01
  disk_full,       // 53100
  no_permission,   // 42501: the set-up is wrong, not the rows
  fenced,
};

class MemoryLedger : public engine::LedgerStore {
 public:
  struct StoredRun {
    engine::RunState state;
    FeedId feed;
    std::string status = "RUNNING";
    std::string reason;
    engine::Effects effects;
    std::map<std::string, engine::CommandRecord> commands;
    std::vector<std::int64_t> versions;  // one for each batch that was written
  };

  // The world outside of the sequencer.
  std::map<FeedId, std::vector<engine::Instrument>> instruments;
  std::map<FeedId, std::vector<engine::Tick>> ticks;
  std::deque<Fault> faults;                                 // taken by the writes, in order
  std::optional<RunKey> poison;                             // a batch with this run is refused with 23514
  std::set<std::pair<UserId, std::string>> used_elsewhere;  // request ids of commands that were no run's
  std::vector<engine::StandingOrder> standing;              // a user who is halted in them has no orders written
  std::map<RunKey, StoredRun> runs;
  int load_failures = 0;  // how many times loading a market is in vain
  int writes = 0;         // attempts, fail_run included
  int read_backs = 0;

  engine::ApplyOutcome apply(const engine::BatchKey& key, std::span<const engine::RunWrites> batch) override {
    return write(key, [&] {
      engine::ApplyOutcome outcome;
      for (const engine::RunWrites& one : batch) {
        if (poison == one.key) {
          return engine::ApplyOutcome{engine::ApplyStatus::rejected, {}, "23514", "planted"};
        }
      }
      for (const engine::RunWrites& one : batch) {
        if (is_halted(one.key.user) && !one.effects.orders.empty() &&
            one.effects.orders.back().status != engine::OrderStatus::rejected) {
          return engine::ApplyOutcome{engine::ApplyStatus::rejected, {}, "TD006", "planted"};
        }
        for (const engine::CommandRecord& command : one.commands) {
          if (used_elsewhere.contains({one.key.user, command.request_id}) ||
              (claimed(one) && find_command(one.key.user, command.request_id)->has_value())) {
            return engine::ApplyOutcome{engine::ApplyStatus::rejected, {}, "23505", "duplicate key: command_log_pkey"};
          }
        }
      }
      for (const engine::RunWrites& one : batch) {
        if (claimed(one)) {
          store(runs.at(one.key), one);
        } else {
          outcome.refused.push_back(one.key);
        }
      }
      return outcome;
    });
  }

  engine::ApplyOutcome start_run(const engine::BatchKey& key, const engine::NewRun& run,
                                 const engine::RunWrites& first) override {
    return write(key, [&] {
      for (const auto& [other, stored] : runs) {
        if (other.user == run.key.user && stored.status == "RUNNING") {
          return engine::ApplyOutcome{engine::ApplyStatus::rejected, {}, "23505", "one RUNNING run per user"};
        }
      }
      StoredRun& stored = runs[run.key];
      stored.feed = run.feed;
      store(stored, first);
      return engine::ApplyOutcome{};
    });
  }

  engine::BatchFate read_back(const engine::BatchKey& key, int /*shard*/) override {
    ++read_backs;
    return committed_.contains(key.number) ? engine::BatchFate::committed : engine::BatchFate::absent;
  }

  engine::ApplyOutcome fail_run(const engine::BatchKey& key, RunKey run, const std::string& reason) override {
    return write(key, [&] {
      if (const auto found = runs.find(run); found != runs.end() && found->second.status == "RUNNING") {
        found->second.status = "ERROR";
        found->second.reason = reason;
      }
      return engine::ApplyOutcome{};
    });
  }

  Result<RunId> allocate_run_id() override { return RunId{++last_run_}; }

  Result<engine::LoadedRuns> load_runs(std::span<const int> shards) override {
    engine::LoadedRuns loaded;
    for (const auto& [key, stored] : runs) {
      if (stored.status == "RUNNING" &&
          std::find(shards.begin(), shards.end(), engine::shard_of(key.user)) != shards.end()) {
        loaded.runs.push_back(loaded_run(stored));
      }
    }
    return loaded;
  }

  Result<engine::LoadedRuns> load_run(RunKey run) override {
    engine::LoadedRuns loaded;
    if (const auto found = runs.find(run); found != runs.end() && found->second.status == "RUNNING") {
      loaded.runs.push_back(loaded_run(found->second));
    }
    return loaded;
  }

  Result<engine::Market> load_market(FeedId feed, Time time) override {
    if (load_failures > 0) {
      --load_failures;
      return Error{"planted"};
    }
    engine::Market market;
    for (const engine::Instrument& instrument : instruments[feed]) {
      market.add_instrument(instrument);
    }
    for (const engine::Tick& tick : ticks[feed]) {
      if (tick.time <= time) {
        market.apply(tick);
      }
    }
    return market;
  }

  Result<std::vector<engine::Tick>> load_ticks(FeedId feed, Time after, int limit) override {
    std::vector<engine::Tick> found;
    for (const engine::Tick& tick : ticks[feed]) {
      if (tick.time > after && found.size() < static_cast<std::size_t>(limit)) {
        found.push_back(tick);
      }
    }
    return found;
  }

  Result<engine::StandingOrders> load_standing_orders(std::int64_t after) override {
    engine::StandingOrders found;
    for (const engine::StandingOrder& order : standing) {
      if (order.revision > after) {
        found.orders.push_back(order);
        found.revision = order.revision;
      }
    }
    return found;
  }

  Result<std::optional<engine::StoredCommand>> find_command(UserId user, const std::string& request_id) override {
    for (const auto& [key, stored] : runs) {
      if (const auto found = stored.commands.find(request_id); key.user == user && found != stored.commands.end()) {
        const engine::CommandRecord& command = found->second;
        return std::optional(engine::StoredCommand{command.method, command.arguments, command.result, command.ok});
      }
    }
    return std::optional<engine::StoredCommand>();
  }

 private:
  template <typename Write>
  engine::ApplyOutcome write(const engine::BatchKey& key, Write carry_out) {
    ++writes;
    Fault fault = Fault::none;
    if (!faults.empty()) {
      fault = faults.front();
      faults.pop_front();
    }
    using enum engine::ApplyStatus;
    switch (fault) {
      case Fault::unavailable:
        return {unavailable, {}, {}, "planted"};
      case Fault::lost_absent:
        return {unknown, {}, {}, "planted"};
      case Fault::deadlock:
        return {rejected, {}, "40P01", "planted"};
      case Fault::disk_full:
        return {rejected, {}, "53100", "planted"};
      case Fault::no_permission:
        return {rejected, {}, "42501", "planted"};
      case Fault::fenced:
        return {fenced, {}, {}, "planted"};
      case Fault::none:
      case Fault::lost_committed:
        break;
    }
    engine::ApplyOutcome outcome = carry_out();
    if (outcome.status == committed) {
      committed_[key.number] = true;
    }
    if (fault == Fault::lost_committed) {
      return {unknown, {}, {}, "planted"};
    }
    return outcome;
  }

  bool claimed(const engine::RunWrites& one) const {
    const auto run = runs.find(one.key);
    return run != runs.end() && run->second.status == "RUNNING" && run->second.state.version == one.expected_version;
  }

  bool is_halted(UserId user) const {
    bool halted = false;
    for (const engine::StandingOrder& order : standing) {
      halted = order.user == user && order.state ? *order.state == engine::TradingState::halted : halted;
    }
    return halted;
  }

  static void store(StoredRun& stored, const engine::RunWrites& one) {
    stored.state = *one.state;
    stored.versions.push_back(one.state->version);
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    append(stored.effects.orders, one.effects.orders);
    append(stored.effects.trades, one.effects.trades);
    append(stored.effects.cash, one.effects.cash);
    append(stored.effects.marks, one.effects.marks);
    append(stored.effects.equity, one.effects.equity);
    append(stored.effects.events, one.effects.events);
    for (const engine::CommandRecord& command : one.commands) {
      stored.commands[command.request_id] = command;
    }
    if (!one.state->running) {
      stored.status = "STOPPED";
      stored.reason = one.end_reason;
    }
  }

  static engine::LoadedRun loaded_run(const StoredRun& stored) {
    engine::LoadedRun loaded;
    loaded.state = stored.state;
    loaded.feed = stored.feed;
    for (const auto& [id, command] : stored.commands) {
      loaded.request_ids.push_back(id);
    }
    return loaded;
  }

  std::map<std::int64_t, bool> committed_;
  std::int64_t last_run_ = 0;
};

}  // namespace tradingd::test
