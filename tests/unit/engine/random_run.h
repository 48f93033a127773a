#pragma once
// A run that is driven by random words: legal and illegal inputs over a random market, with everything
// checked after each. For the property tests.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/engine/step.h"
#include "tests/unit/engine/model.h"

namespace tradingd::engine {

class RandomRun {
 public:
  /// `setup` decides on the configuration. With `with_plans` the run may have a plan; without, the naive
  /// model follows it.
  RandomRun(std::uint32_t setup, bool with_plans);

  /// Does what `word` says and checks everything. Throws std::runtime_error with what is wrong.
  void act(std::uint32_t word);

  [[nodiscard]] const Digest& digest() const { return state_.digest; }
  /// What has come up so far: "REJECTED NO_PRICE", "refused ORDER_NOT_OPEN", "SIP_EXECUTED" …
  [[nodiscard]] const std::set<std::string>& seen() const { return seen_; }

 private:
  /// Takes a number below `count` out of the word.
  std::uint32_t choose(std::uint32_t count);
  void choose_action(std::uint32_t word);
  void configure();
  void configure_costs();
  Schedule schedule();
  void add_plans();
  std::vector<model::ModelAction> choose_actions();
  void tick();
  void old_tick();
  void place();
  /// Makes it an order of any kind, legal or not.
  void make_special(PlaceOrder& order);
  void replace();
  void cancel();
  void move_cash();
  void set_state();
  void apply(Time time, InputBody body);
  void command(InputBody body);
  void count_splits(const std::vector<CorporateAction>& actions);
  void check_accounts();
  void check_events();
  void check_positions();
  void check_model();
  void check_twin(const Input& input, const StepResult& result);
  /// What a restart would make of the state: only what the ledger keeps.
  [[nodiscard]] static RunState restored(const RunState& state);

  std::uint64_t entropy_ = 0;
  int acts_ = 0;
  bool with_plans_;
  RunConfig config_;
  model::Rules rules_;  // the same, for the model
  Market market_;
  Tick tick_;
  std::int64_t actions_ = 0;
  int day_ = 18'000;
  std::int64_t second_ = 0;

  RunState state_;
  RunState twin_;
  Effects effects_;
  Effects twin_effects_;
  StepResult result_;
  std::optional<model::Model> model_;

  // Counted from the effects alone.
  Money cash_rows_;
  std::vector<model::ModelTrade> trades_;  // and splits
  std::int64_t trade_count_ = 0;
  std::vector<std::string> statuses_;  // of all orders, by id
  std::vector<std::string> reasons_;
  std::vector<std::string> event_keys_;
  std::set<std::string> seen_;
};

}  // namespace tradingd::engine
