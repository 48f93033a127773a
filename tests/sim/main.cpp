// tradingsim: runs simulations from seeds. See tests/sim/run.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "tests/sim/memory_world.h"
#include "tests/sim/postgres_world.h"
#include "tests/sim/simulation.h"

namespace tradingd::sim {

namespace {

struct Options {
  std::uint64_t seed = 1;
  std::int64_t seeds = 1;
  std::int64_t run_ticks = 5000;  // of each seed
  int jobs = 1;
  bool layer_b = false;
  bool trace = false;
  bool canary = false;
  bool coverage = false;
  bool repeat = false;  // each seed twice: determinism
  bool first = false;   // the first failure ends it
  Blows at_least;       // what the server must have suffered, or it is a failure
};

constexpr const char* kUsage =
    "usage: tradingsim [--layer A|B] [--seed N] [--seeds COUNT] [--run-ticks N] [--jobs N] [--trace] [--coverage]\n"
    "                  [--repeat] [--canary] [--first] [--at-least SERVERS,PROCESSES,SESSIONS]\n";

struct Outcome {
  std::uint64_t hash = 0;
  std::int64_t run_ticks = 0;
  std::string violation;
  std::vector<std::string> trace;
  Coverage coverage;
  Blows blows;
};

Outcome simulate(const Options& options, std::uint64_t seed) {
  Outcome outcome;
  std::vector<std::shared_ptr<const engine::RunConfig>> configs;
  std::unique_ptr<World> made;
  if (options.layer_b) {
    made = std::make_unique<PostgresWorld>(seed, configs,
                                           seed % 2 == 0 ? store::WritePath::fast : store::WritePath::checked);
  } else {
    made = std::make_unique<MemoryWorld>(seed, options.canary);
  }
  World& world = *made;
  SimulationOptions simulation{seed, options.run_ticks, options.layer_b, options.trace};
  Simulation one(simulation, world, configs);
  try {
    one.run();
  } catch (const Violation& violation) {
    outcome.violation = violation.what();
  } catch (const store::DatabaseError& error) {
    outcome.violation = std::string("the inspector's own session failed: ") + error.what();
  }
  outcome.hash = one.trace().hash();
  outcome.run_ticks = world.run_ticks();
  outcome.trace = one.trace().lines();
  outcome.coverage = one.coverage();
  outcome.blows = world.blows();
  return outcome;
}

/// All seeds, by several threads; what they found, added up.
class Campaign {
 public:
  explicit Campaign(const Options& options) : options_(options) {}

  int carry_out() {
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < options_.jobs; ++i) {
      threads.emplace_back([this] { work(); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << "layer " << (options_.layer_b ? 'B' : 'A') << ": seeds " << options_.seed << " … "
              << options_.seed + static_cast<std::uint64_t>(options_.seeds) - 1 << ", " << run_ticks_ << " run-ticks, "
              << coverage_.faults() << " faults, " << failed_ << " seeds failed, " << std::fixed << std::setprecision(1)
              << took.count() << " s\n";
    if (options_.layer_b) {
      std::cout << "servers killed " << blows_.servers_killed << ", their processes " << blows_.backends_killed
                << ", sessions terminated " << blows_.sessions_terminated << '\n';
    }
    int missed = 0;
    if (options_.coverage) {
      missed = coverage_.report(std::cout, options_.layer_b);
      std::cout << missed << " cells were never hit\n";
    }
    const Blows& least = options_.at_least;
    const bool spared = blows_.servers_killed < least.servers_killed ||
                        blows_.backends_killed < least.backends_killed ||
                        blows_.sessions_terminated < least.sessions_terminated;
    if (spared) {
      std::cout << "the server has suffered too little\n";
    }
    return failed_ == 0 && missed == 0 && !spared ? 0 : 1;
  }

 private:
  void work() {
    for (std::int64_t at = next_++; at < options_.seeds; at = next_++) {
      const std::uint64_t seed = options_.seed + static_cast<std::uint64_t>(at);
      Outcome outcome = simulate(options_, seed);
      if (options_.repeat && outcome.violation.empty() && simulate(options_, seed).hash != outcome.hash) {
        outcome.violation = "the same seed went two ways";
      }
      const std::lock_guard lock(mutex_);
      run_ticks_ += outcome.run_ticks;
      coverage_.merge(outcome.coverage);
      blows_ += outcome.blows;
      for (const std::string& line : outcome.trace) {
        std::cout << line << '\n';
      }
      if (options_.trace) {
        std::cout << "trace hash " << std::hex << outcome.hash << std::dec << '\n';
      }
      if (!outcome.violation.empty()) {
        ++failed_;
        if (options_.first) {
          next_ = options_.seeds;
        }
        std::cout << "seed " << seed << ": " << outcome.violation << "\n  again, step by step: tests/sim/run"
                  << (options_.layer_b ? " --layer B" : "") << " --seed " << seed << " --run-ticks "
                  << options_.run_ticks << " --trace\n"
                  << std::flush;
      }
    }
  }

  const Options& options_;
  std::atomic<std::int64_t> next_ = 0;
  std::mutex mutex_;
  std::int64_t run_ticks_ = 0;
  int failed_ = 0;
  Coverage coverage_;
  Blows blows_;
};

std::optional<Options> parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    const auto value = [&]() -> std::string { return i + 1 < count ? arguments[++i] : ""; };
    const auto number = [&] { return std::strtoll(value().c_str(), nullptr, 10); };
    if (name == "--seed") {
      options.seed = static_cast<std::uint64_t>(number());
    } else if (name == "--seeds") {
      options.seeds = number();
    } else if (name == "--run-ticks") {
      options.run_ticks = number();
    } else if (name == "--jobs") {
      options.jobs = static_cast<int>(number());
    } else if (name == "--at-least") {
      Blows& least = options.at_least;
      if (std::sscanf(value().c_str(), "%d,%d,%d", &least.servers_killed, &least.backends_killed,
                      &least.sessions_terminated) != 3) {
        return std::nullopt;
      }
    } else if (name == "--layer") {
      options.layer_b = value() == "B";
    } else if (name == "--trace") {
      options.trace = true;
    } else if (name == "--coverage") {
      options.coverage = true;
    } else if (name == "--first") {
      options.first = true;
    } else if (name == "--repeat") {
      options.repeat = true;
    } else if (name == "--canary") {
      options.canary = true;
    } else {
      return std::nullopt;
    }
  }
  if (options.layer_b) {
    options.jobs = 1;  // the seeds share a server, which is killed now and then
  }
  return options.seeds > 0 && options.run_ticks > 0 && options.jobs > 0 ? std::optional(options) : std::nullopt;
}

}  // namespace

}  // namespace tradingd::sim

int main(int count, char** arguments) {
  const auto options = tradingd::sim::parse(count, arguments);
  if (!options) {
    std::cerr << tradingd::sim::kUsage;
    return 2;
  }
  // Its server is killed now and then: it must be nobody else's.
  unsetenv("TRADINGD_TEST_CLUSTER");
  return tradingd::sim::Campaign(*options).carry_out();
}
