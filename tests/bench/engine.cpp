// The engine alone: no database, no digest, one core.

#include <ctime>
#include <memory>
#include <stdexcept>

#include "daemon/config/strategy.h"
#include "daemon/engine/step.h"
#include "tests/bench/commands.h"

namespace tradingd::bench {

namespace {

/// Processor time of this process, in seconds.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

constexpr const char* kPlan =
    "strategy = \"sip\"\nquantity_step = \"0.0001\"\nfill_at = \"close\"\n"
    "[sip]\namount = \"500\"\nevery = \"monthly\"\nfunding = \"deposit\"\nday = 1\n"
    "[sip.weights]\nAAA = \"0.6\"\nBBB = \"0.4\"\n";

engine::Market two_symbols() {
  engine::Market market;
  for (const char* symbol : {"AAA", "BBB"}) {
    engine::Instrument instrument;
    instrument.id = InstrumentId{static_cast<std::int32_t>(market.instruments().size())};
    instrument.symbol = symbol;
    instrument.listed = true;
    market.add_instrument(std::move(instrument));
  }
  return market;
}

engine::Bar bar_of(int instrument, int day) {
  const Price price{(100 + day % 37 - day % 11 + instrument) * kScale};
  return {InstrumentId{instrument}, price, price, price, price, {}};
}

void must(const engine::StepResult& result) {
  if (result.status != engine::StepStatus::applied) throw std::runtime_error("the engine refused a step");
}

}  // namespace

nlohmann::json bench_replay(const EngineOptions& options) {
  auto document = config::parse_strategy(kPlan, "plan.toml");
  if (!document.ok()) throw std::runtime_error(document.error().message);
  const auto plan = std::make_shared<const engine::RunConfig>(std::move(document->config));
  engine::Market market = two_symbols();
  std::vector<engine::RunState> states(static_cast<std::size_t>(options.runs));
  engine::Effects effects;
  for (engine::RunState& state : states) {
    state.config = plan;
    must(engine::step(state, {{0}, &market, engine::Start{{Int128{100'000} * kScale}}}, effects));
  }
  engine::Tick tick;
  double curve = 0;  // so that the equity of every bar is used
  const double start = processor_seconds();
  for (int day = 1; day <= options.steps; ++day) {
    tick.time = {day * kMicrosecondsPerDay};
    tick.session.date = utc_date(tick.time);
    tick.bars = {bar_of(0, day), bar_of(1, day)};
    market.apply(tick);
    for (engine::RunState& state : states) {
      effects.clear();
      must(engine::step(state, {tick.time, &market, engine::RunTick{&tick, true, true}}, effects));
      curve += static_cast<double>(effects.equity.back().equity.units);
    }
  }
  const double spent = processor_seconds() - start;
  const double bar_symbols = 2.0 * options.steps * options.runs;
  return {{"runs", options.runs},
          {"bars", options.steps},
          {"symbols", 2},
          {"bar_symbols_per_cpu_s", bar_symbols / spent},
          {"mean_equity", curve / kScale / options.steps / options.runs},
          {"trades", states.front().next_trade - 1}};
}

nlohmann::json bench_matching(const EngineOptions& options) {
  auto config = std::make_shared<engine::RunConfig>();
  engine::Market market = two_symbols();
  engine::RunState state;
  state.config = config;
  engine::Effects effects;
  must(engine::step(state, {{0}, &market, engine::Start{{Int128{1'000'000'000} * kScale}}}, effects));
  engine::Tick tick;
  tick.time = {1};
  tick.session.closes = Time{kMicrosecondsPerDay};
  tick.bars = {bar_of(0, 1), bar_of(1, 1)};
  market.apply(tick);
  must(engine::step(state, {tick.time, &market, engine::RunTick{&tick, true, true}}, effects));
  engine::PlaceOrder order;
  order.symbol = "AAA";
  order.type = engine::OrderType::limit;
  order.tif = engine::TimeInForce::gtc;
  order.quantity = {kScale};
  std::int64_t inputs = 0;
  const auto step = [&](engine::InputBody body) {
    effects.clear();
    ++inputs;
    const engine::StepResult result =
        engine::step(state, {next_command_time(state, market), &market, std::move(body)}, effects);
    must(result);
    return result.order;
  };
  const double start = processor_seconds();
  for (int round = 0; round < options.steps; ++round) {
    order.side = engine::Side::buy;
    order.limit_price = Price{50 * kScale};  // rests, and is canceled
    const OrderId resting = step(order);
    step(engine::CancelOrder{resting, ""});
    order.limit_price = Price{200 * kScale};  // trades at once
    step(order);
    order.side = engine::Side::sell;
    order.limit_price = Price{10 * kScale};
    step(order);
  }
  const double spent = processor_seconds() - start;
  return {{"inputs", inputs},
          {"inputs_per_cpu_s", static_cast<double>(inputs) / spent},
          {"trades", state.next_trade - 1},
          {"open_orders", state.open_orders.size()}};
}

}  // namespace tradingd::bench
