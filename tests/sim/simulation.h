#pragma once
// One simulation: a seed's users, feeds, daemons and faults on a ledger, all in one thread on a virtual clock. First
// the faults are on and everything is held to its rules as it happens (safety); then they are off, and everything that
// is RUNNING must go on and everything that was asked for be answered (liveness); then the whole ledger is compared.

#include <memory>
#include <vector>

#include "tests/sim/clients.h"

namespace tradingd::sim {

struct SimulationOptions {
  std::uint64_t seed = 0;
  std::int64_t run_ticks = 5000;  // committed ones, before the faults end
  bool layer_b = false;
  bool trace = false;
};

class Simulation : public Injector {
 public:
  /// `world` must be fresh; `configs` is where it finds configurations by the number in their JSON.
  Simulation(SimulationOptions options, World& world, std::vector<std::shared_ptr<const engine::RunConfig>>& configs);

  /// Throws Violation with what is wrong.
  void run();

  [[nodiscard]] const Trace& trace() const { return trace_; }
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }

 private:
  engine::ApplyOutcome write(Daemon& from, Write kind, const engine::BatchKey& key,
                             std::span<const engine::RunWrites> runs,
                             const std::function<engine::ApplyOutcome()>& send) override;
  bool fails(Daemon& from, Operation operation) override;
  bool wait(Daemon& from, std::chrono::milliseconds pause) override;
  void log(Daemon& from, const std::string& line) override;

  engine::ApplyOutcome struck(Write kind, Fault fault, const engine::BatchKey& key, std::span<const RunKey> runs,
                              const std::function<engine::ApplyOutcome()>& send);
  [[nodiscard]] Fault choose_fault(Write kind);
  void cover(std::span<const engine::RunWrites> runs, Write kind, Fault fault);
  void strike_run(Fault fault, std::span<const RunKey> runs);

  void act();
  void rare_event();
  void reply();
  void new_tick(std::size_t feed, bool submit);
  [[nodiscard]] std::size_t any_feed() { return static_cast<std::size_t>(random_.below(swarm_.feeds)); }
  void old_tick();
  void submit(const std::shared_ptr<const sequencer::FeedTick>& tick);
  void process_some();
  void replaced_one_goes_on();
  /// Processes a lane of a daemon; ends the daemon if it dies or was replaced. False: it has ended.
  bool process(Daemon& daemon, Daemon::Lane& lane, std::size_t count);
  void start_daemon();
  void take_over();
  void standing_order();
  void restart();
  void shut_down();
  void end(Daemon& daemon);

  void live();
  void check_end();

  SimulationOptions options_;
  World& world_;
  Random random_;
  Swarm swarm_;
  Trace trace_;
  Coverage coverage_;
  std::vector<StoredFeed> feeds_;
  std::vector<MarketSource> sources_;
  std::vector<std::vector<std::shared_ptr<const sequencer::FeedTick>>> history_;  // submitted ones, by feed
  std::unique_ptr<Clients> clients_;

  std::unique_ptr<Daemon> daemon_;
  std::vector<std::unique_ptr<Daemon>> replaced_;
  std::vector<std::unique_ptr<Daemon>> buried_;  // ended while they were on the stack
  int lives_ = 0;
  int nesting_ = 0;  // daemons on the stack
  std::int64_t now_ms_ = 0;
  std::int64_t outage_until_ms_ = 0;
  bool faults_on_ = true;
  std::vector<engine::StandingOrder> standing_;
  std::map<RunKey, std::int64_t> stopped_at_;  // versions of those that were stopped by somebody else
  std::map<RunKey, Fault> doomed_;             // runs that must or may end as ERROR, or were ended by somebody else
};

}  // namespace tradingd::sim
