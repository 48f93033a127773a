// A tick on which nothing is due and no order is open allocates nothing.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>

#include "daemon/engine/step.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// Not inlined, since GCC would take the pair apart and miss the mate of each half.
// NOLINTBEGIN(cppcoreguidelines-no-malloc): these are the allocator
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc)

using namespace tradingd;
using namespace tradingd::engine;

BOOST_AUTO_TEST_CASE(a_quiet_tick_allocates_nothing) {
  RunConfig config;
  config.strategy = StrategyKind::sip_rebalance;
  const std::vector<Allocation> halves{{"a symbol longer than small strings", {kScale / 2}}, {"BBB", {kScale / 2}}};
  SipPlan& sip = config.sip.emplace();
  sip.schedule.interval = Interval::yearly;
  sip.amount = {1000 * kScale};
  sip.allocations = halves;
  sip.deposit = true;
  RebalancePlan& rebalance = config.rebalance.emplace();
  rebalance.band = Ratio{kScale / 10};
  rebalance.targets = halves;
  Market market;
  for (std::int32_t i = 0; i < 2; ++i) {
    Instrument instrument;
    instrument.id = {i};
    instrument.symbol = halves[static_cast<std::size_t>(i)].symbol;
    instrument.listed = true;
    market.add_instrument(instrument);
  }
  RunState state;
  state.config = std::make_shared<RunConfig>(config);
  Effects effects;
  BOOST_TEST((step(state, {{0}, &market, Start{{100'000 * kScale}}}, effects).status == StepStatus::applied));

  const Price price{100 * kScale};
  Tick tick{{kMicrosecondsPerDay}, {}, {{{0}, price, price, price, price, {}}, {{1}, price, price, price, price, {}}}};
  const auto next = [&] {
    tick.time.us += 1;
    tick.session.date = utc_date(tick.time);
    market.apply(tick);
    effects.clear();
    return step(state, {tick.time, &market, RunTick{&tick, true, true}}, effects);
  };
  BOOST_TEST((next().status == StepStatus::applied));
  BOOST_TEST(effects.trades.size() == 4);  // the installment and the first rebalance
  const std::size_t before = allocations;
  bool applied = true;
  for (int i = 0; i < 100; ++i) {
    applied = applied && next().status == StepStatus::applied;
  }
  const std::size_t after = allocations;
  BOOST_TEST(applied);
  BOOST_TEST(after == before);
  BOOST_TEST(effects.equity.size() == 1);
}
