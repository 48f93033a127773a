// The parts of tests/bench/run that need the daemon's own code. Each command prints one JSON document.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "tests/bench/commands.h"

namespace {

using namespace tradingd::bench;

void add_ledger(CLI::App& app, nlohmann::json& result) {
  const auto options = std::make_shared<LedgerOptions>();
  CLI::App* command = app.add_subcommand("ledger", "run-ticks/s of the store alone, against L");
  command->add_option("--dsn", options->dsn)->required();
  command->add_option("--runs", options->runs);
  command->add_option("--ticks", options->ticks);
  command->add_option("--connections", options->connections);
  command->add_option("--chunk", options->chunk, "runs in a batch");
  command->add_option("--preload", options->preload, "rows in each per-tick table before");
  command->add_flag("--checked", options->checked, "the write path with all row-by-row checks");
  command->callback([options, &result] { result = bench_ledger(*options); });
}

void add_seed_and_reference(CLI::App& app, nlohmann::json& result) {
  const auto options = std::make_shared<LedgerOptions>();
  CLI::App* seed = app.add_subcommand("seed", "runs for a daemon to load");
  seed->add_option("--dsn", options->dsn)->required();
  seed->add_option("--runs", options->runs);
  seed->callback([options, &result] { result = bench_seed(options->dsn, options->runs); });
  CLI::App* reference = app.add_subcommand("reference", "L of the last ticks in a ledger");
  reference->add_option("--dsn", options->dsn)->required();
  reference->add_option("--ticks", options->ticks);
  reference->add_option("--connections", options->connections);
  reference->callback(
      [options, &result] { result = bench_reference(options->dsn, options->ticks, options->connections); });
}

void add_orders(CLI::App& app, nlohmann::json& result) {
  const auto options = std::make_shared<OrdersOptions>();
  CLI::App* command = app.add_subcommand("orders", "latency and throughput of orders");
  command->add_option("--socket", options->socket)->required();
  command->add_option("--clients", options->clients);
  command->add_option("--seconds", options->seconds);
  command->add_option("--warm-up", options->warm_up_s, "seconds");
  command->callback([options, &result] { result = bench_orders(*options); });
}

void add_engine(CLI::App& app, nlohmann::json& result) {
  const auto options = std::make_shared<EngineOptions>();
  CLI::App* replay = app.add_subcommand("replay", "bars x symbols per CPU second, engine alone");
  replay->add_option("--runs", options->runs);
  replay->add_option("--bars", options->steps);
  replay->callback([options, &result] { result = bench_replay(*options); });
  CLI::App* matching = app.add_subcommand("matching", "inputs per CPU second: place, cancel, trade");
  matching->add_option("--rounds", options->steps);
  matching->callback([options, &result] { result = bench_matching(*options); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Benchmarks of tradingd's parts; tests/bench/run drives them"};
  app.require_subcommand(1);
  nlohmann::json result;
  add_ledger(app, result);
  add_seed_and_reference(app, result);
  add_orders(app, result);
  add_engine(app, result);
  try {
    app.parse(argc, argv);
    std::cout << result.dump() << '\n';
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << "tradingd_bench: " << error.what() << '\n';
    return 1;
  }
}
