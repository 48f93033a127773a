#include "tests/bench/desk.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "daemon/config/strategy.h"

namespace tradingd::bench {

namespace {

constexpr Date kFirstDay{18'628};  // 2021-01-01
constexpr std::int64_t kCloseUs = 20LL * 3'600 * kMicrosecondsPerSecond;

std::shared_ptr<const engine::RunConfig> read_plan(int plan) {
  auto document = config::parse_strategy(plan_toml(plan), "plan.toml");
  if (!document.ok()) throw std::runtime_error(document.error().message);
  return std::make_shared<const engine::RunConfig>(std::move(document->config));
}

/// A price that wanders in a fixed way.
Price price_of(Date day) {
  return {(100 + day.days % 17 - day.days % 5) * kScale + std::int64_t{day.days % 97} * 10'000};
}

bool is_weekend(Date day) { return weekday(day) == 0 || weekday(day) == 6; }

}  // namespace

std::string plan_toml(int plan) {
  return "strategy = \"sip\"\nquantity_step = \"0.0001\"\nfill_at = \"close\"\n"
         "[sip]\namount = \"500\"\nevery = \"monthly\"\nfunding = \"cash\"\nday = " +
         std::to_string(plan + 1) + "\n[sip.weights]\n" + Desk::kSymbol + " = \"1\"\n";
}

Time Desk::origin() { return midnight_utc(kFirstDay); }

Desk::Desk(int runs) : day_(kFirstDay), states_(static_cast<std::size_t>(runs)), writes_(states_.size()) {
  engine::Instrument instrument;
  instrument.symbol = kSymbol;
  instrument.listed = true;
  market_.add_instrument(std::move(instrument));
  std::array<std::shared_ptr<const engine::RunConfig>, kPlans> plans;
  for (std::size_t plan = 0; plan < plans.size(); ++plan) plans[plan] = read_plan(static_cast<int>(plan));
  for (std::size_t i = 0; i < states_.size(); ++i) {
    // Users of odd numbers first: a half has every other shard, as a pipeline of two has.
    const std::size_t odd = (states_.size() + 1) / 2;
    const auto number = static_cast<std::int64_t>(i < odd ? 2 * i + 1 : 2 * (i - odd) + 2);
    states_[i].key = {UserId{number}, RunId{number}};
    states_[i].config = plans[static_cast<std::size_t>(number) % plans.size()];
    writes_[i].key = states_[i].key;
    writes_[i].state = &states_[i];
    writes_[i].market = &market_;
  }
}

void Desk::step(std::size_t index, const engine::Input& input) {
  engine::RunState& state = states_[index];
  engine::RunWrites& writes = writes_[index];
  const engine::StrategyState before = state.strategy;
  writes.effects.clear();
  writes.expected_version = state.version;
  TD_ASSERT(engine::step(state, input, writes.effects).status == engine::StepStatus::applied);
  advance_digest(state, writes.effects, {}, scratch_);
  writes.strategy_changed = state.strategy != before;
}

void Desk::start() {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    step(i, {origin(), &market_, engine::Start{{Int128{kInitialCash} * kScale}}});
  }
}

void Desk::next_day() {
  do {
    ++day_.days;
  } while (is_weekend(day_));
  const Price price = price_of(day_);
  tick_.time = {midnight_utc(day_).us + kCloseUs};
  tick_.session = {day_, true, 0, std::nullopt};
  tick_.bars = {{InstrumentId{0}, price, price, price, price, {}}};
  market_.apply(tick_);
  const engine::Input input{tick_.time, &market_, engine::RunTick{&tick_, true, true}};
  for (std::size_t i = 0; i < states_.size(); ++i) step(i, input);
}

}  // namespace tradingd::bench
