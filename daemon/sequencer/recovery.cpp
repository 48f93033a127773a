// Taking runs up from the ledger: at the start, and again when another has written to one of them.
#include <algorithm>

#include "daemon/base/failpoint.h"
#include "daemon/sequencer/pipeline_parts.h"
#include "daemon/sequencer/rows.h"

namespace tradingd::sequencer {

namespace {

/// Ticks read at once while catching up.
constexpr int kCatchUpTicks = 2000;

}  // namespace

bool Pipeline::recover() {
  Result<engine::LoadedRuns> loaded = ports_.ledger->load_runs(shards_);
  for (std::chrono::milliseconds pause{50}; !loaded; pause = std::min(pause * 2, kRetryPauseMax)) {
    ports_.log("can't load the runs: " + loaded.error().message);
    stats_.ledger_available = false;
    if (!ports_.wait(pause)) {
      return false;
    }
    loaded = ports_.ledger->load_runs(shards_);
  }
  stats_.ledger_available = true;
  for (const engine::UnloadableRun& run : loaded->unloadable) {
    if (run.keep) {
      leave_out(run.key, run.reason);
    } else if (fail(run.key, run.reason) != CommitEnd::done) {
      return false;
    }
  }
  // Each feed's view starts where its hindmost run stands.
  std::map<FeedId, Time> hindmost;
  for (const engine::LoadedRun& run : loaded->runs) {
    const auto [at, is_new] = hindmost.try_emplace(run.feed, run.state.feed_time);
    at->second = std::min(at->second, run.state.feed_time);
  }
  for (const auto& [id, time] : hindmost) {
    while (feed_of(id, time) == nullptr && !ports_.ledger->unreadable()) {
      if (!ports_.wait(kRetryPauseMax)) {
        return false;
      }
    }
  }
  if (!load_standings()) {
    return false;
  }
  for (engine::LoadedRun& run : loaded->runs) {
    const auto feed = feeds_.find(run.feed);
    if (feed == feeds_.end()) {
      leave_out(run.state.key, "its feed can't be read");
      continue;
    }
    const Slot& slot = insert(std::move(run), *feed->second);
    if (!standings_.missing(slot.state).empty()) {
      disobedient_.insert(slot.state.key);
    }
  }
  if (!std::all_of(feeds_.begin(), feeds_.end(), [this](const auto& feed) { return catch_up(*feed.second); })) {
    return false;
  }
  // A view that could not be brought to its feed's last tick is of no use to a run that starts.
  std::erase_if(feeds_, [](const auto& feed) { return feed.second->unreadable; });
  return true;
}

void Pipeline::leave_out(RunKey key, const std::string& reason) {
  const LogScope scope = log_scope(key);
  ports_.log("run " + std::to_string(key.run.value) + " is left out: " + reason);
}

bool Pipeline::catch_up(Feed& feed) {
  for (;;) {
    const Result<std::vector<engine::Tick>> ticks =
        ports_.ledger->load_ticks(feed.id, feed.market.time(), kCatchUpTicks);
    if (!ticks) {
      ports_.log("can't read the stored ticks: " + ticks.error().message);
      if (ports_.ledger->unreadable()) {
        feed.unreadable = true;
        while (!feed.runs.empty()) {
          leave_out(feed.runs.back()->state.key, "its feed's ticks can't be read");
          remove(*feed.runs.back());
        }
        return true;
      }
      if (!ports_.wait(kRetryPauseMax)) {
        return false;
      }
      continue;
    }
    for (const engine::Tick& stored : *ticks) {
      obey_before(feed, stored.time);
      tick(feed, stored);
    }
    if (ticks->size() < kCatchUpTicks) {
      obey_before(feed, kTimeMax);
    }
    commit();
    if (end_ != CommitEnd::done) {
      return false;
    }
    FAILPOINT("recover.caught_up_some");
    if (!ports_.wait(std::chrono::milliseconds(0))) {
      return false;
    }
    if (ticks->size() < kCatchUpTicks) {
      return true;
    }
  }
}

bool Pipeline::load_standings() {
  Result<engine::StandingOrders> standing = ports_.ledger->load_standing_orders(0);
  while (!standing) {
    ports_.log("can't load who is halted and what his limits are: " + standing.error().message);
    if (!ports_.wait(kRetryPauseMax)) {
      end_ = CommitEnd::stopping;
      return false;
    }
    standing = ports_.ledger->load_standing_orders(0);
  }
  standing_revision_ = standing->revision;
  for (const engine::StandingOrder& order : standing->orders) {
    standings_.take(order);
  }
  return true;
}

void Pipeline::obey(engine::RunState& state, engine::RunWrites& writes, const engine::Market& market) {
  for (StandingInput& input : standings_.missing(state)) {
    const engine::EffectsPosition from = position_of(writes.effects);
    const Time time = next_command_time(state, market);
    TD_ASSERT(engine::step(state, {time, &market, std::move(input.body)}, writes.effects).status ==
              engine::StepStatus::applied);
    advance_digest(state, writes.effects, from, scratch_);
    writes.strategy_changed = true;
    ++stats_.steps;
    ++batch_steps_;
    input.record.result = run_row(state).dump();
    input.record.time = time;
    input.record.version = state.version;
    writes.commands.push_back(std::move(input.record));
  }
}

void Pipeline::obey(Slot& slot, const engine::Market& market) {
  if (!standings_.missing(slot.state).empty()) {
    obey(slot.state, writes_of(slot), market);
  }
}

void Pipeline::obey_before(Feed& feed, Time time) {
  for (auto key = disobedient_.begin(); key != disobedient_.end();) {
    const auto slot = slots_.find(*key);
    if (slot != slots_.end() && slot->second->feed != &feed) {
      ++key;
      continue;
    }
    if (slot != slots_.end()) {
      if (slot->second->state.feed_time >= time) {
        ++key;
        continue;
      }
      obey(*slot->second, feed.market);
    }
    key = disobedient_.erase(key);
  }
}

void Pipeline::readmit(RunKey key) {
  // Trouble with the database is waited out; what this version can't read is not.
  const auto insist = [this](const auto& load) {
    auto loaded = load();
    while (!loaded && !ports_.ledger->unreadable()) {
      if (!ports_.wait(kRetryPauseMax)) {
        end_ = CommitEnd::stopping;
        break;
      }
      loaded = load();
    }
    return loaded;
  };
  Result<engine::LoadedRuns> stored = insist([&] { return ports_.ledger->load_run(key); });
  if (end_ != CommitEnd::done || !stored) {
    return leave_out(key, stored ? "the daemon is stopping" : stored.error().message);
  }
  for (const engine::UnloadableRun& run : stored->unloadable) {
    if (run.keep) {
      leave_out(run.key, run.reason);
    } else {
      end_ = fail(run.key, run.reason);
    }
  }
  if (stored->runs.empty()) {
    return;  // ended meanwhile
  }
  Feed& feed = *feeds_.at(stored->runs.front().feed);
  Slot& slot = insert(std::move(stored->runs.front()), feed);
  const auto give_up = [&](const std::string& reason) {
    leave_out(key, reason);
    remove(slot);
  };
  Result<engine::Market> view = insist([&] { return ports_.ledger->load_market(feed.id, slot.state.feed_time); });
  if (end_ != CommitEnd::done || !view || !load_standings()) {
    return give_up(view ? "the daemon is stopping" : view.error().message);
  }
  // One that obeys all that the ledger tells, and is refused for a halt all the same, would be so for ever.
  const auto [earlier, first] = readmitted_.try_emplace(key, standing_revision_);
  if (!first && std::exchange(earlier->second, standing_revision_) == standing_revision_) {
    return give_up("the ledger refuses its rows for a halt that no standing order tells of");
  }
  obey(slot, *view);
  commit();
  while (end_ == CommitEnd::done && slots_.contains(key) && view->time() < feed.market.time()) {
    const auto ticks = insist([&] { return ports_.ledger->load_ticks(feed.id, view->time(), kCatchUpTicks); });
    if (end_ != CommitEnd::done || !ticks || ticks->empty()) {
      return give_up(ticks ? "the feed's ticks are not all there" : ticks.error().message);
    }
    for (const engine::Tick& stored_tick : *ticks) {
      if (stored_tick.time <= feed.market.time()) {
        view->apply(stored_tick);
        static_cast<void>(step(slot, tick_input(slot.state, *view, stored_tick)));
      }
    }
    commit();
  }
}

}  // namespace tradingd::sequencer
