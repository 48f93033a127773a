#include "tests/sim/simulation.h"

#include <algorithm>

#include "tests/sim/reference.h"

namespace tradingd::sim {

namespace {

using engine::ApplyOutcome;
using engine::ApplyStatus;

/// More than this waits in the queues: work must be done before more comes.
constexpr std::size_t kQueueMax = 64;
/// After so many rounds without faults everything must have been answered and be up to date.
constexpr int kLiveRounds = 30;

}  // namespace

Simulation::Simulation(SimulationOptions options, World& world,
                       std::vector<std::shared_ptr<const engine::RunConfig>>& configs)
    : options_(options),
      world_(world),
      random_(options.seed),
      swarm_(Swarm::of(random_.split(), options.layer_b)),
      trace_(options.trace) {
  for (int i = 0; i < swarm_.feeds; ++i) {
    StoredFeed feed;
    feed.id = world_.add_feed();
    for (const engine::Instrument& instrument : MarketSource::first_instruments()) {
      feed.instruments.push_back(instrument);
      world_.add_instrument(feed.id, instrument);
    }
    feeds_.push_back(std::move(feed));
    sources_.emplace_back(random_.split(), swarm_.close_ticks);
  }
  history_.resize(feeds_.size());
  clients_ = std::make_unique<Clients>(random_.split(), Clients::Surroundings{&world_, &coverage_, &trace_, &swarm_,
                                                                              &feeds_, &configs, [this] { reply(); }});
}

void Simulation::run() {
  const std::int64_t steps_max = options_.run_ticks * 40 + 20'000;
  for (std::int64_t step = 0; world_.run_ticks() < options_.run_ticks; ++step) {
    require(step < steps_max, "no headway: " + std::to_string(world_.run_ticks()) + " run-ticks");
    act();
  }
  live();
  check_end();
}

// --- What happens to each call

ApplyOutcome Simulation::write(Daemon& from, Write kind, const engine::BatchKey& key,
                               std::span<const engine::RunWrites> runs, const std::function<ApplyOutcome()>& send) {
  if (now_ms_ < outage_until_ms_) {
    return {ApplyStatus::unavailable, {}, {}, "planted outage"};
  }
  const Fault fault = choose_fault(kind);
  trace_.note(kFaults.at(static_cast<std::size_t>(fault)).name, from.life(), key.number,
              static_cast<std::int64_t>(runs.size()));
  if (kind != Write::fail) {
    cover(runs, kind, fault);
  }
  if (fault == Fault::none) {
    return send();
  }
  coverage_.count_fault();
  std::vector<RunKey> keys;
  keys.reserve(runs.size());
  for (const engine::RunWrites& one : runs) {
    keys.push_back(one.key);
  }
  return struck(kind, fault, key, keys, send);
}

Fault Simulation::choose_fault(Write kind) {
  if (!faults_on_ || !random_.chance(swarm_.fault_permille, 1000)) {
    return Fault::none;
  }
  const auto fault = static_cast<Fault>(weighted(random_, swarm_.fault_weights));
  if (kind == Write::apply || !kFaults.at(static_cast<std::size_t>(fault)).needs_run) {
    return fault;
  }
  // The rows of a start can be at fault too; it has no run yet to go to ERROR.
  return kind == Write::start && fault == Fault::poison && !options_.layer_b ? fault : Fault::lost_committed;
}

void Simulation::cover(std::span<const engine::RunWrites> runs, Write kind, Fault fault) {
  for (const engine::RunWrites& one : runs) {
    for (const engine::CommandRecord& command : one.commands) {
      coverage_.write(command.method, one.state->trading_state, fault);
    }
    if (kind == Write::apply && !one.effects.equity.empty()) {
      coverage_.write(kInputs[kTickInput], one.state->trading_state, fault);
    }
  }
}

ApplyOutcome Simulation::struck(Write kind, Fault fault, const engine::BatchKey& key, std::span<const RunKey> runs,
                                const std::function<ApplyOutcome()>& send) {
  if (kind == Write::start && fault == Fault::poison) {
    return {ApplyStatus::rejected, {}, "23514", "planted"};
  }
  switch (fault) {
    case Fault::poison:
    case Fault::tampered:
    case Fault::stopped_behind:
    case Fault::deleted_behind:
      strike_run(fault, runs);
      // That the run was refused may be told, or lost with the answer.
      return random_.chance(1, 3) ? world_.strike(Fault::lost_committed, key, runs, send) : send();
    case Fault::outage:
      outage_until_ms_ = now_ms_ + random_.between(5, 20'000);
      return {ApplyStatus::unavailable, {}, {}, "planted outage"};
    case Fault::crash_before:
      throw Crash{};
    case Fault::crash_after:
      static_cast<void>(send());
      throw Crash{};
    case Fault::takeover_before:
      take_over();
      return send();
    case Fault::takeover_after: {
      ApplyOutcome outcome = send();
      take_over();
      return outcome;
    }
    default:
      return world_.strike(fault, key, runs, send);
  }
}

void Simulation::strike_run(Fault fault, std::span<const RunKey> runs) {
  const RunKey run = runs[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(runs.size())))];
  bool hit = true;
  switch (fault) {
    case Fault::poison:
      world_.poison(run);
      break;
    case Fault::tampered:
      hit = world_.tamper(run);
      break;
    case Fault::stopped_behind:
      if (const auto version = world_.stop_behind(run)) {
        stopped_at_[run] = *version;
      } else {
        hit = false;
      }
      break;
    default:
      hit = world_.delete_behind(run);
  }
  const auto before = doomed_.find(run);
  const bool over = before != doomed_.end() && before->second == Fault::stopped_behind;
  if (hit && !over) {
    doomed_[run] = fault;
  }
}

bool Simulation::fails(Daemon& from, Operation operation) {
  if (now_ms_ < outage_until_ms_) {
    coverage_.operation(operation, false);
    return true;
  }
  if (!faults_on_ || !random_.chance(swarm_.operation_permille, 1000)) {
    return false;
  }
  coverage_.count_fault();
  trace_.note(kOperations.at(static_cast<std::size_t>(operation)), from.life());
  const bool crashed = random_.chance(1, 2);
  coverage_.operation(operation, crashed);
  if (crashed) {
    throw Crash{};
  }
  return true;
}

bool Simulation::wait(Daemon& from, std::chrono::milliseconds pause) {
  now_ms_ += pause.count();
  if (faults_on_ && random_.chance(swarm_.operation_permille, 2000)) {
    coverage_.operation(Operation::wait, true);
    throw Crash{};
  }
  if (faults_on_ && !from.stopping && now_ms_ < outage_until_ms_ && random_.chance(1, 40)) {
    coverage_.seen("stopping during an outage");
    from.stopping = true;
  }
  return !from.stopping;
}

void Simulation::reply() {
  if (faults_on_ && random_.chance(swarm_.operation_permille, 4000)) {
    coverage_.count_fault();
    coverage_.operation(Operation::reply, true);
    throw Crash{};
  }
}

void Simulation::log(Daemon& from, const std::string& line) {
  trace_.note("log", from.life());
  trace_.say(line);
}

// --- What happens next

void Simulation::act() {
  now_ms_ += random_.below(50);
  if (daemon_ == nullptr) {
    start_daemon();
    return;
  }
  if (daemon_->queued() > kQueueMax) {
    process_some();
    return;
  }
  const std::array<int, 7> weights{20, swarm_.command_weight, 20, 6, 2, 2, replaced_.empty() ? 0 : 10};
  switch (weighted(random_, weights)) {
    case 0:
      new_tick(any_feed(), true);
      break;
    case 1:
      clients_->act(*daemon_);
      break;
    case 2:
      process_some();
      break;
    case 3:
      clients_->resend(*daemon_, false);
      break;
    case 4:
      clients_->repeat(*daemon_);
      break;
    case 5:
      old_tick();
      break;
    default:
      replaced_one_goes_on();
  }
  if (random_.chance(1, swarm_.quiet_ticks > 0 ? 150 : 400)) {
    rare_event();
  }
  if (daemon_ != nullptr && random_.chance(1, 100)) {
    standing_order();
  }
}

void Simulation::rare_event() {
  if (daemon_ == nullptr) {
    return;
  }
  switch (random_.below(4)) {
    case 0:
      restart();
      break;
    case 1:
      end(*daemon_);  // killed while idle
      break;
    case 2:
      take_over();
      break;
    default:
      if (swarm_.quiet_ticks > 0) {
        end(*daemon_);
        const std::size_t feed = any_feed();
        for (int i = 0; i < swarm_.quiet_ticks; ++i) {
          new_tick(feed, false);
        }
        if (swarm_.quiet_ticks > 2000) {
          coverage_.seen("catching up over more than a page");
        }
      }
  }
}

void Simulation::new_tick(std::size_t feed, bool submit_it) {
  MarketSource::Made made = sources_[feed].next();
  auto tick = std::make_shared<sequencer::FeedTick>();
  tick->feed = feeds_[feed].id;
  tick->new_instruments = made.new_instruments;
  tick->tick = made.tick;
  for (const engine::Instrument& instrument : made.new_instruments) {
    feeds_[feed].instruments.push_back(instrument);
    world_.add_instrument(feeds_[feed].id, instrument);
  }
  world_.store_tick(feeds_[feed].id, made.tick);
  feeds_[feed].ticks.push_back(std::move(made.tick));
  trace_.note("new tick", static_cast<std::int64_t>(feed), tick->tick.time.us);
  if (submit_it) {
    history_[feed].push_back(tick);
    submit(tick);
  }
}

void Simulation::old_tick() {
  const auto& history = history_[any_feed()];
  if (history.empty()) {
    return;
  }
  const auto back = random_.below(std::min<std::int64_t>(static_cast<std::int64_t>(history.size()), 5));
  coverage_.seen(back == 0 ? "tick repeated" : "tick out of order");
  submit(history[history.size() - 1 - static_cast<std::size_t>(back)]);
}

void Simulation::submit(const std::shared_ptr<const sequencer::FeedTick>& tick) {
  const auto left = std::make_shared<std::size_t>(daemon_->lanes().size());
  daemon_->submit(tick, [left](bool /*committed*/) {
    require(*left > 0, "a tick's end was told too often");
    --*left;
  });
}

void Simulation::process_some() {
  auto& lanes = daemon_->lanes();
  Daemon::Lane& lane = *lanes[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(lanes.size())))];
  const auto count = static_cast<std::size_t>(random_.between(1, swarm_.batch_max));
  if (!lane.queue.empty()) {
    process(*daemon_, lane, count);
  }
  if (daemon_ != nullptr && daemon_->stopping) {
    shut_down();
  }
}

bool Simulation::process(Daemon& daemon, Daemon::Lane& lane, std::size_t count) {
  ++nesting_;
  bool goes_on = false;
  try {
    goes_on = daemon.process(lane, count);
  } catch (const Crash&) {
    trace_.note("crash", daemon.life());
  }
  --nesting_;
  if (!goes_on) {
    end(daemon);
  }
  return goes_on;
}

void Simulation::replaced_one_goes_on() {
  coverage_.seen("daemon that was replaced goes on");
  Daemon& old = *replaced_[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(replaced_.size())))];
  auto& lanes = old.lanes();
  Daemon::Lane& lane = *lanes[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(lanes.size())))];
  if (lane.queue.empty()) {
    end(old);
  } else {
    process(old, lane, static_cast<std::size_t>(random_.between(1, swarm_.batch_max)));
  }
}

// --- A daemon's life

void Simulation::start_daemon() {
  outage_until_ms_ = random_.chance(1, 2) ? 0 : outage_until_ms_;
  trace_.note("start", lives_ + 1);
  daemon_ = std::make_unique<Daemon>(world_, *this, ++lives_, world_.take_lease(), swarm_.pipelines);
  Daemon& started = *daemon_;
  ++nesting_;
  bool serving = false;
  try {
    serving = started.recover();
  } catch (const Crash&) {
    trace_.note("crash at the start", started.life());
  }
  --nesting_;
  if (!serving) {
    end(started);
  }
}

void Simulation::take_over() {
  if (nesting_ > 2) {
    return;
  }
  trace_.note("take over", lives_ + 1);
  if (daemon_ != nullptr) {
    replaced_.push_back(std::move(daemon_));
  }
  start_daemon();
  for (int i = 0; i < 4 && daemon_ != nullptr; ++i) {
    clients_->resend(*daemon_, false);
    clients_->act(*daemon_);
    if (daemon_ != nullptr) {
      process_some();
    }
  }
}

/// Somebody halts a user or everybody, or lets them go on. Stored first, then told to the daemon.
void Simulation::standing_order() {
  const UserId user = random_.chance(1, 3) ? UserId{0} : clients_->user(random_.below(swarm_.users));
  const auto state =
      random_.chance(1, 2) ? engine::TradingState::active : static_cast<engine::TradingState>(random_.between(1, 2));
  const engine::StandingOrder order = world_.add_standing_order(user, state);
  coverage_.seen("halted from outside, or let go on");
  trace_.note("standing", user.value, static_cast<std::int64_t>(state));
  standing_.push_back(order);
  auto standing = std::make_shared<engine::StandingOrders>();
  standing->orders = {order};
  standing->revision = order.revision;
  daemon_->submit(std::shared_ptr<const engine::StandingOrders>(std::move(standing)), [](bool /*committed*/) {});
}

void Simulation::restart() {
  coverage_.seen("restart");
  shut_down();
}

/// As the Sequencer stops: what is queued is finished, as far as the ledger lets it.
void Simulation::shut_down() {
  Daemon& stopping = *daemon_;
  stopping.stopping = true;
  for (const auto& lane : stopping.lanes()) {
    if (!lane->queue.empty() && !process(stopping, *lane, lane->queue.size())) {
      return;
    }
  }
  end(stopping);
}

void Simulation::end(Daemon& daemon) {
  clients_->lost(daemon.life());
  trace_.note("end", daemon.life());
  std::unique_ptr<Daemon> ended;
  if (daemon_.get() == &daemon) {
    ended = std::move(daemon_);
  }
  for (auto one = replaced_.begin(); one != replaced_.end(); ++one) {
    if (one->get() == &daemon) {
      ended = std::move(*one);
      replaced_.erase(one);
      break;
    }
  }
  buried_.push_back(std::move(ended));
  if (nesting_ == 0) {
    buried_.clear();
  }
}

// --- The second phase

void Simulation::live() {
  faults_on_ = false;
  outage_until_ms_ = 0;
  world_.heal();
  trace_.note("faults off");
  while (!replaced_.empty()) {
    Daemon& old = *replaced_.front();
    bool goes_on = true;
    for (std::size_t i = 0; goes_on && i < old.lanes().size(); ++i) {
      goes_on = old.lanes()[i]->queue.empty() || process(old, *old.lanes()[i], old.lanes()[i]->queue.size());
    }
    if (goes_on) {
      end(old);
    }
  }
  for (int round = 0;; ++round) {
    require(round < kLiveRounds, "not all is answered and done, long after the last fault: " +
                                     std::to_string(clients_->unanswered()) + " requests wait");
    if (daemon_ == nullptr || daemon_->stopping) {
      if (daemon_ != nullptr) {
        shut_down();
      }
      start_daemon();
      require(daemon_ != nullptr, "the daemon doesn't start, long after the last fault");
    }
    const bool sent = clients_->resend(*daemon_, true);
    if (round < 3) {
      new_tick(any_feed(), true);
    }
    for (std::size_t i = 0; daemon_ != nullptr && i < daemon_->lanes().size(); ++i) {
      Daemon::Lane& lane = *daemon_->lanes()[i];
      require(lane.queue.empty() || process(*daemon_, lane, lane.queue.size()), "a daemon ended without a fault");
    }
    if (!sent && round >= 3 && clients_->unanswered() == 0) {
      break;
    }
  }
}

void Simulation::check_end() {
  clients_->check_all_kept();
  for (const FoundRun& run : world_.runs()) {
    const std::string name =
        "run " + std::to_string(run.key.run.value) + " of user " + std::to_string(run.key.user.value);
    const auto doom = doomed_.find(run.key);
    const auto feed = static_cast<std::size_t>(
        std::find_if(feeds_.begin(), feeds_.end(), [&](const StoredFeed& one) { return one.id == run.feed; }) -
        feeds_.begin());
    require(feed < feeds_.size(), name + " is on no feed");
    const std::vector<FoundCommand> commands = world_.commands(run.key);
    const bool stopped = std::any_of(commands.begin(), commands.end(), [](const FoundCommand& command) {
      return command.method == "run.stop" && command.ok;
    });
    if (run.status == "ERROR") {
      require(doom != doomed_.end(), name + " went to ERROR and nothing was wrong with it");
    } else if (run.status == "STOPPED") {
      require(stopped || (doom != doomed_.end() && doom->second == Fault::stopped_behind),
              name + " is STOPPED and nobody stopped it");
      const auto at = stopped_at_.find(run.key);
      require(stopped || at == stopped_at_.end() || at->second == run.version, name + " was written to after its stop");
    } else {
      require(!stopped, name + " is RUNNING and was stopped");
      require(doom == doomed_.end() || doom->second == Fault::poison,
              name + " is RUNNING and was changed by somebody else");
    }
    check_run(world_, {clients_.get(), &feeds_[feed], feed, &standing_}, run);
  }
  const std::string broken = world_.broken_invariants();
  require(broken.empty(), broken);
  for (std::int64_t i = 0; i < world_.late_refused(); ++i) {
    coverage_.seen("late statement refused");
  }
}

}  // namespace tradingd::sim
