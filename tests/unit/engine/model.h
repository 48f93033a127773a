#pragma once
// A second, naive implementation of a run that is traded by hand: its orders, its cash and its holdings.
// It shares nothing with the engine but the decimals, keeps every order for ever and adds everything up
// anew whenever it is asked. The property test holds the engine to it after every step.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/decimal.h"

namespace tradingd::model {

struct Rules {
  bool next_open = false;
  // The commission; a tax on it; a levy on sales.
  Money fixed_fee;
  Ratio fee_rate;
  Price per_share;
  Money least_fee;
  Ratio tax;
  Ratio levy;
  Ratio slippage;
  Price slippage_ticks;
  Ratio impact;
  Ratio volume_cap;  // 0: none
  bool fifo = false;
  std::optional<Ratio> initial_margin;  // absent: no short selling
  Ratio maintenance_margin;
  Ratio buffer;
  Quantity step;
  std::optional<Quantity> max_position;
  std::optional<Money> max_value;  // of a position
  std::optional<Money> max_notional;
  std::optional<std::size_t> max_open;
};

struct Row {
  int symbol = 0;
  Price open;
  Price high;
  Price low;
  Price close;
  Quantity volume;
};

struct ModelTrade {
  int symbol = 0;
  bool buy = true;
  Quantity quantity;
  Price price;
  Money fee;
  std::int64_t up = 1;  // a split has no quantity; its fraction is paid out at the price
  std::int64_t down = 1;
};

struct ModelAction {
  int symbol = 0;
  std::int64_t up = 1;  // a split, or
  std::int64_t down = 1;
  Price dividend;
};

struct Holding {
  Quantity quantity;
  Money cost;
  Money realized;
  Money paid_out;                                // for fractions
  std::vector<std::pair<Quantity, Money>> lots;  // with average cost, one
};

/// What trades and splits leave of the positions, counted from the first.
[[nodiscard]] std::map<int, Holding> holdings_of(const std::vector<ModelTrade>& trades, const Rules& rules);

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

class Model {
 public:
  Model(Rules rules, Money initial_cash) : rules_(rules), paid_in_(initial_cash) {}

  void tick(int day, bool open, const std::vector<Row>& rows, const std::vector<ModelAction>& actions);
  /// `symbol` is -1 for one that the feed doesn't have. The order is the last of `orders()`.
  void place(int symbol, bool buy, Quantity quantity, std::optional<Price> limit, std::optional<Price> stop, bool gtc);
  /// "NONE", or why it can't be canceled. Orders count from 1.
  std::string cancel(std::int64_t order);
  void deposit(Money amount) { paid_in_ += amount; }
  /// False: not enough.
  bool withdraw(Money amount);
  void set_state(const std::string& state) { state_ = state; }
  void stop();

  [[nodiscard]] const std::vector<ModelOrder>& orders() const { return orders_; }
  [[nodiscard]] const std::vector<ModelTrade>& trades() const { return trades_; }
  [[nodiscard]] Money cash() const;
  [[nodiscard]] Money reserved() const;
  [[nodiscard]] Money equity() const;

 private:
  [[nodiscard]] Money fee(bool buy, Money notional, Quantity quantity) const;
  [[nodiscard]] Price slipped(const ModelOrder& order, Price price, Quantity quantity) const;
  [[nodiscard]] Part part_of(const ModelOrder& order, Price price) const;
  [[nodiscard]] Quantity held(int symbol) const;
  [[nodiscard]] Quantity promised(int symbol, bool buy) const;
  [[nodiscard]] Money collateral(Ratio margin) const;
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
  [[nodiscard]] std::string why_not_fill(const ModelOrder& order, const Part& part) const;
  [[nodiscard]] bool too_large(Quantity resulting, Price price) const;
  void hold_back(ModelOrder& order);
  void act(const ModelAction& action);
  void buy_back();
  void meet(ModelOrder& order, const Row& row);
  void trade(ModelOrder& order, const Part& part);
  static void end(ModelOrder& order, const std::string& status, const std::string& reason);

  Rules rules_;
  Money paid_in_;  // initial cash + deposits − withdrawals
  std::string state_ = "ACTIVE";
  bool open_ = false;
  int day_ = 0;
  std::map<int, Price> last_;
  std::map<int, Quantity> volume_;  // of the last row
  std::map<int, Quantity> traded_;  // on it
  std::vector<ModelOrder> orders_;
  std::vector<ModelTrade> trades_;
};

}  // namespace tradingd::model
