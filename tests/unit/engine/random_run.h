#pragma once
// A run that is driven by random words: legal and illegal inputs over a random market, with everything
// checked after each: every run against the naive accounts, and one that is traded by hand with plain orders against
// the naive model of orders too. For the property tests.
//
// A symbol may change: instruments 0, 1, 2 become 3, 4, 5. The model doesn't mind what a thing is called and counts
// 0, 1, 2 throughout.

#include <cstdint>
#include <map>
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
  /// What has been done so far, a line each, for the message of an error.
  [[nodiscard]] std::string story() const;
  void tell(const std::string& line) { story_.push_back(line); }
  void configure();
  void configure_fees();
  void configure_costs();
  void configure_instruments();
  Schedule schedule();
  void add_plans();
  std::vector<model::ModelAction> choose_actions();
  [[nodiscard]] std::vector<model::Row> rows() const;
  /// The instrument that goes by the thing's name now, and back.
  [[nodiscard]] std::int32_t named(std::int32_t thing) const;
  [[nodiscard]] static std::int32_t thing_of(InstrumentId instrument) { return instrument.value % 3; }
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
  void check_accounts();
  void check_events();
  void check_positions();
  void check_model();
  void check_twin(const Input& input, const StepResult& result);
  /// What a restart would make of the state: only what the ledger keeps.
  [[nodiscard]] static RunState restored(const RunState& state);

  std::uint64_t entropy_ = 0;
  std::vector<std::string> story_;
  bool with_plans_;
  RunConfig config_;
  model::Rules rules_;     // the same, for the model
  Instrument instrument_;  // what all have in common
  std::set<std::int32_t> renamed_;
  Market market_;
  Tick tick_;
  std::vector<model::ModelAction> tick_actions_;
  std::int64_t actions_ = 0;
  std::map<std::string, PlaceOrder> asked_;  // what each client order id was first used for
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
  std::optional<model::Accounts> accounts_;  // of every run, whatever decides on its trades
  std::int64_t trade_count_ = 0;
  std::vector<std::string> statuses_;  // of all orders, by id
  std::vector<std::string> reasons_;
  std::vector<std::string> event_keys_;
  std::set<std::string> seen_;
};

}  // namespace tradingd::engine
