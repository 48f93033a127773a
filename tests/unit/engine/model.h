#pragma once
// A second, naive implementation of a run that is traded by hand: what its orders do, on the naive accounts. It shares
// nothing with the engine but the decimals, and keeps every order for ever. The property test holds the engine to it
// after every step.

#include <set>
#include <string>

#include "tests/unit/engine/accounts.h"

namespace tradingd::model {

struct ModelOrder {
  int symbol = 0;
  bool buy = true;
  bool gtc = false;
  Quantity quantity;
  Quantity filled;
  std::optional<Price> limit;
  std::optional<Price> stop;
  bool triggered = false;
  std::string status;  // as in the ledger
  std::string reason = "NONE";
  Money reserved;
  std::optional<int> day;  // of a DAY order
  bool forced = false;     // buys a short position back

  [[nodiscard]] bool open() const { return status == "PENDING" || status == "PARTIALLY_FILLED"; }
  [[nodiscard]] Quantity rest() const { return quantity - filled; }
};

/// What would trade now, and at which price.
struct Part {
  Price price;
  Quantity quantity;
};

class Model : public Accounts {
 public:
  using Accounts::Accounts;

  void tick(int day, bool open, const std::vector<Row>& rows, const std::vector<ModelAction>& actions);
  /// `symbol` is -1 for one that the feed doesn't have. The order is the last of `orders()`.
  void place(int symbol, bool buy, Quantity quantity, std::optional<Price> limit, std::optional<Price> stop, bool gtc);
  /// "NONE", or why it can't be canceled. Orders count from 1.
  std::string cancel(std::int64_t order);
  void deposit(Money amount) { pay(amount); }
  /// False: not enough.
  bool withdraw(Money amount);
  /// It goes by a new name, of an instrument after all that there were.
  void rename(int symbol) { renamed_.insert(symbol); }
  void set_state(const std::string& state) { state_ = state; }
  void stop();

  [[nodiscard]] const std::vector<ModelOrder>& orders() const { return orders_; }
  [[nodiscard]] Money reserved() const;

 private:
  [[nodiscard]] Price slipped(const ModelOrder& order, Price price, Quantity quantity) const;
  [[nodiscard]] Part part_of(const ModelOrder& order, Price price) const;
  [[nodiscard]] Quantity promised(int symbol, bool buy) const;
  [[nodiscard]] Money spendable() const;
  /// How much of `quantity` opens a position, `free` of it being what it can close.
  [[nodiscard]] Quantity opens_of(const ModelOrder& order, Quantity quantity, bool other_orders) const;
  [[nodiscard]] Money tied_by(const ModelOrder& order, Quantity quantity, Quantity opens) const;
  [[nodiscard]] std::string why_no_cash(const ModelOrder& order, const std::optional<Part>& now) const;
  [[nodiscard]] std::optional<Price> price_now(const ModelOrder& order) const;
  [[nodiscard]] std::optional<Price> stop_price_on(const ModelOrder& order, const Row& row) const;
  [[nodiscard]] std::optional<Price> price_on(const ModelOrder& order, const Row& row) const;
  [[nodiscard]] Money price_of(const ModelOrder& order, Price price, Quantity quantity) const;
  [[nodiscard]] Money held_back_for(const ModelOrder& order, Quantity quantity) const;
  [[nodiscard]] std::string why_not(const ModelOrder& order, const std::optional<Part>& now) const;
  [[nodiscard]] std::string why_malformed(const ModelOrder& order, const std::optional<Price>& price) const;
  [[nodiscard]] std::string why_not_fill(const ModelOrder& order, const Part& part) const;
  [[nodiscard]] bool too_large(Quantity resulting, Price price) const;
  /// The open orders in the order in which a bar serves them.
  [[nodiscard]] std::vector<std::size_t> in_turn() const;
  void hold_back(ModelOrder& order);
  void split_orders(const ModelAction& action);
  void buy_back();
  void meet(ModelOrder& order, const Row& row);
  void trade(ModelOrder& order, const Part& part);
  static void end(ModelOrder& order, const std::string& status, const std::string& reason);

  std::string state_ = "ACTIVE";
  bool open_ = false;
  std::set<int> renamed_;
  std::map<int, Quantity> volume_;  // of the last row
  std::map<int, Quantity> traded_;  // on it
  std::vector<ModelOrder> orders_;
};

}  // namespace tradingd::model
