#pragma once
// Runs the scenario files: tables of given / when / then that a trader can read.
//
//   scenario NAME                      begins one; what is below is relative to a fresh run
//   given …                            configuration, before the first action (the list is in scenario.cpp)
//   tick 2020-01-02 AAPL 100 MSFT 50   a row per symbol: a price, or open/high/low/close; with a volume 100@5000
//   tick 2020-01-02T15:30 closed       the market is closed at this tick
//   action split AAPL 4:1 | action dividend AAPL 0.77 | action symbol_change FB META   with the next tick
//   place buy 10 AAPL limit 99 gtc id my-1
//     then any of: limit P, stop P, trail P, trail P%, type T, until TIME, id ID, oco ORDER, take_profit P, stop_loss P
//   place buy for 5000 AAPL          a market order for an amount
//   replace 1 [quantity N] [limit P] [stop P] [trail P] [id ID]
//   cancel 1 | cancel id my-1 | deposit 100 | withdraw 50 | state HALTED | stop
//   expect …                           about the last action, or about how the run stands
//
// What is given of plans and of the calendar stands in scenario_plans.cpp.
//
// A date alone is 21:00 UTC of that day. Everything after '#' is a comment.

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/engine/step.h"

namespace tradingd::engine {

class Scenario {
 public:
  /// Carries out one line. A broken expectation is a Boost.Test error; a line that can't be read throws
  /// std::runtime_error.
  void line(const std::string& text);
  /// Checks what must hold after every action.
  void check_invariants() const;

 private:
  using Words = std::istringstream;

  void given(Words& words);
  void given_fee(Words& words);
  void given_fee_part(Words& words);
  void given_slippage(Words& words);
  void given_instrument(Words& words);
  void given_limit(Words& words);
  void given_sip(Words& words);
  void given_rebalance(Words& words);
  void given_sessions(Words& words);
  void tick(Words& words);
  void action(Words& words);
  void place(Words& words);
  void replace(Words& words);
  void cancel(Words& words);
  void expect(Words& words);
  void expect_event(Words& words);
  void expect_order(Words& words);
  void expect_trade(Words& words);
  void expect_position(Words& words);

  void start();
  void command(InputBody body);
  void act(Time time, InputBody body);
  InstrumentId instrument(const std::string& symbol);

  RunConfig config_;
  Money initial_cash_;
  Market market_;
  std::shared_ptr<const SessionTable> sessions_;
  RunState state_;
  Effects effects_;
  StepResult result_;
  Tick tick_;
  std::vector<CorporateAction> due_;  // with the next tick
  std::int64_t actions_ = 0;
  bool started_ = false;
};

/// Runs all scenarios of tests/unit/engine/scenarios/`file`.
void run_scenarios(const std::string& file);

}  // namespace tradingd::engine
