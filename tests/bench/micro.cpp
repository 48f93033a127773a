// Micro-benchmarks of the inner loops: decimals, the protocol's codec, the engine's tick, the batch encoder.

#include <benchmark/benchmark.h>

#include "daemon/base/decimal.h"
#include "daemon/protocol/codec.h"
#include "daemon/store/batch_rows.h"
#include "tests/bench/desk.h"

namespace tradingd::bench {

namespace {

void parse_decimal_text(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_units("123456.78901234"));
}
BENCHMARK(parse_decimal_text);

void format_decimal(benchmark::State& state) {
  std::string text;
  for (auto _ : state) {
    text.clear();
    append_units(text, Int128{12'345'678'901'234});
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(format_decimal);

void multiply_price_by_quantity(benchmark::State& state) {
  Price price{12'345'678'901};
  const Quantity quantity{98'765'432};
  for (auto _ : state) {
    benchmark::DoNotOptimize(price);
    benchmark::DoNotOptimize(price * quantity);
  }
}
BENCHMARK(multiply_price_by_quantity);

void decode_order(benchmark::State& state) {
  const std::string frame = protocol::encode_request(
      7, "order.place", {{"side", "buy"}, {"quantity", "10"}, {"symbol", "AAPL"}, {"request_id", "a-request-id-1"}});
  for (auto _ : state) benchmark::DoNotOptimize(protocol::decode(frame, protocol::Numbers::exact));
}
BENCHMARK(decode_order);

void encode_answer(benchmark::State& state) {
  const nlohmann::json row{{"order_id", 1}, {"status", "FILLED"}, {"quantity", "10"}, {"symbol", "AAPL"}};
  for (auto _ : state) benchmark::DoNotOptimize(protocol::encode_result(7, row));
}
BENCHMARK(encode_answer);

constexpr int kRuns = 1'000;

/// A tick of 1,000 runs in memory: matcher, plan, mark, digest.
void step_thousand_runs(benchmark::State& state) {
  Desk desk(kRuns);
  desk.start();
  for (auto _ : state) desk.next_day();
  state.SetItemsProcessed(state.iterations() * kRuns);
}
BENCHMARK(step_thousand_runs);

/// The rows of such a tick as the database takes them.
void encode_thousand_runs(benchmark::State& state) {
  Desk desk(kRuns);
  desk.start();
  desk.next_day();
  store::BatchRows rows;
  for (auto _ : state) benchmark::DoNotOptimize(rows.encode({}, {1, 1}, desk.writes(), {}));
  state.SetItemsProcessed(state.iterations() * kRuns);
}
BENCHMARK(encode_thousand_runs);

}  // namespace

}  // namespace tradingd::bench

BENCHMARK_MAIN();
