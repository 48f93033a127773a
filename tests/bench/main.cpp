// The parts of tests/bench/run that need the daemon's own code. Each command prints one JSON document.

#include <CLI/CLI.hpp>
#include <iostream>

#include "tests/bench/commands.h"

int main(int argc, char** argv) {
  using namespace tradingd::bench;
  CLI::App app{"Benchmarks of tradingd's parts; tests/bench/run drives them"};
  app.require_subcommand(1);
  LedgerOptions ledger;
  nlohmann::json result;

  CLI::App* store = app.add_subcommand("ledger", "run-ticks/s of the store alone, against L");
  store->add_option("--dsn", ledger.dsn)->required();
  store->add_option("--runs", ledger.runs);
  store->add_option("--ticks", ledger.ticks);
  store->add_option("--connections", ledger.connections);
  store->add_option("--chunk", ledger.chunk, "runs in a batch");
  store->add_flag("--checked", ledger.checked, "the write path with all row-by-row checks");
  store->callback([&] { result = bench_ledger(ledger); });

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
