#pragma once
// A second, naive set of accounts for a run, whatever decided on its trades: cash, fees, positions, lots, equity,
// margins. It shares nothing with the engine but the decimals and adds everything up anew from the first trade on. The
// property tests hold the engine to it after every step; model.h stands on it.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/base/decimal.h"

namespace tradingd::model {

/// The commission; a tax on it; a levy on sales.
struct FeeRules {
  Money fixed_fee;
  Ratio fee_rate;
  std::vector<std::pair<Money, Ratio>> tiers;  // (up to, rate); beyond the last nothing more
  Price per_share;
  Money least_fee;
  std::optional<Money> most_fee;
  Ratio tax;
  Ratio levy;
};

struct Rules : FeeRules {
  std::map<int, FeeRules> later_fees;  // in the place of the above, each from its day on
  bool next_open = false;
  Ratio slippage;
  Price slippage_ticks;
  Ratio impact;
  Ratio volume_cap;  // 0: none
  bool fifo = false;
  std::optional<Ratio> initial_margin;  // absent: no short selling
  Ratio maintenance_margin;
  Ratio buffer;
  Quantity step;
  Price tick{1};
  std::optional<Quantity> least_quantity;  // of an order, as are the next three
  std::optional<Quantity> most_quantity;
  std::optional<Money> least_notional;
  std::optional<Money> max_notional;
  std::optional<Quantity> max_position;
  std::optional<Money> max_value;  // of a position
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

struct ModelAction {
  int symbol = 0;
  std::int64_t up = 1;  // a split, or
  std::int64_t down = 1;
  Price dividend;
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

struct Holding {
  Quantity quantity;
  Money cost;
  Money realized;
  Money paid_out;                                // for fractions
  std::vector<std::pair<Quantity, Money>> lots;  // with average cost, one
};

/// a × b / c, to the nearest, a tie to even.
[[nodiscard]] Int128 share(Int128 a, Int128 b, Int128 c);

/// What trades and splits leave of the positions, counted from the first.
[[nodiscard]] std::map<int, Holding> holdings_of(const std::vector<ModelTrade>& trades, const Rules& rules);

class Accounts {
 public:
  Accounts(Rules rules, Money initial_cash) : rules_(std::move(rules)), paid_in_(initial_cash) {}

  /// The prices of a tick, on the exchange's day.
  void begin(int day, const std::vector<Row>& rows, const std::vector<ModelAction>& actions);
  /// What one of its actions does to what is held.
  void act(const ModelAction& action);
  /// Paid in or, negative, taken out.
  void pay(Money amount) { paid_in_ += amount; }
  void book(const ModelTrade& trade) { trades_.push_back(trade); }

  [[nodiscard]] const std::vector<ModelTrade>& trades() const { return trades_; }
  /// Counted anew when something was traded.
  [[nodiscard]] const std::map<int, Holding>& holdings() const;
  [[nodiscard]] Quantity held(int symbol) const;
  [[nodiscard]] Money fee(bool buy, Money notional, Quantity quantity) const;
  [[nodiscard]] Money cash() const;
  /// Of what is held, at the last prices.
  [[nodiscard]] Money value() const;
  [[nodiscard]] Money equity() const { return cash() + value(); }
  /// What the short positions tie up.
  [[nodiscard]] Money collateral(Ratio margin) const;

 protected:
  Rules rules_;
  int day_ = 0;
  std::map<int, Price> last_;

 private:
  Money paid_in_;  // initial cash + deposits + dividends − withdrawals
  std::vector<ModelTrade> trades_;
  mutable std::map<int, Holding> holdings_;
  mutable Money traded_cash_;  // what the trades have brought
  mutable std::size_t counted_ = 0;
};

}  // namespace tradingd::model
