#pragma once
// What a run was started with; never changes in its life, and its hash is part of the ledger.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/time.h"

namespace tradingd::engine {

/// When an order that was decided on a bar can fill (LEAN's equity model): at the next bar's open, or
/// at the same bar's close.
enum class FillAt : std::uint8_t { next_open, close };

/// What a sale has cost, and so what it realised: the holding's average, or what was bought first.
enum class CostBasis : std::uint8_t { average, fifo };

enum class FeeSides : std::uint8_t { both, buys, sells };

/// A rate for the part of a notional up to `up_to` that the tier before leaves.
struct FeeTier {
  std::optional<Money> up_to;  // the last one has none
  Ratio rate;
};

inline constexpr std::size_t kFeeComponentsMax = 16;

/// One part of a trade's fee: amount + rate × notional + tiers + per_share × quantity, at least `minimum`, at most
/// `maximum`. With `of`, the rate is of those components of the same trade instead, as a tax on fees is.
struct FeeComponent {
  std::string name;  // "brokerage"
  FeeSides sides = FeeSides::both;
  Money amount;
  Ratio rate;
  std::vector<FeeTier> tiers;
  Price per_share;
  std::vector<std::size_t> of;  // places in the version, all before its own
  Money minimum;
  std::optional<Money> maximum;
};

/// What is charged in sessions from `from` on, until the next version. The first one also holds before its date.
struct FeeVersion {
  Date from;
  std::vector<FeeComponent> components;
};

struct FeeModel {
  std::string kind = "none";         // as strategy files have it
  std::vector<FeeVersion> versions;  // ascending; empty: no fee
};

enum class SlippageKind : std::uint8_t { none, basis_points, ticks, volume_share };

/// How far a trade that takes the market's price moves it against the trader.
///   basis_points: price × rate. ticks: that many of the instrument's ticks.
///   volume_share: price × rate × share², share being the trade's part of its bar's volume, at most 1 and 1 where the
///   bar has none (after zipline's VolumeShareSlippage).
struct SlippageModel {
  SlippageKind kind = SlippageKind::none;
  Ratio rate;
  std::int64_t ticks = 0;
};

/// Absent limits don't limit.
struct Limits {
  std::optional<Quantity> max_position_quantity;  // of any one symbol
  std::optional<Money> max_position_value;        // of any one symbol, at the order's price
  std::optional<Ratio> max_position_share;        // of any one symbol, of the run's equity
  std::optional<Money> min_order_notional;
  std::optional<Money> max_order_notional;
  std::optional<Money> max_gross_exposure;       // holdings and open buys
  std::optional<Ratio> price_collar;             // how far from the last price a limit or stop may be, as a share of it
  std::optional<std::int64_t> max_price_age_s;   // of the price that an order would trade at or be sized by
  std::optional<std::int32_t> max_daily_orders;  // accepted ones
  std::optional<std::int32_t> max_orders_per_minute;  // by the user, accepted or not; minutes of logical time
  std::optional<Money> max_daily_loss;                // beyond it: REDUCING
  std::optional<Ratio> max_drawdown;                  // from the high-water mark; beyond it: HALTED
  std::optional<std::int32_t> max_open_orders;
  std::vector<std::string> forbidden_symbols;
  std::vector<std::string> allowed_symbols;  // empty: all

  friend bool operator==(const Limits&, const Limits&) = default;
};

/// How a date that is no session becomes one: the next session, the one before, the next unless that is in
/// another month (then the one before), or not at all.
enum class Roll : std::uint8_t { following, preceding, modified_following, skip };

/// What fixes the due day within its month, quarter or year; of a weekly schedule, within its week.
enum class DayRule : std::uint8_t { date, weekday, trading_day };

enum class Interval : std::uint8_t { daily, weekly, fortnightly, monthly, quarterly, yearly };

inline constexpr int kMonthEnd = 31;
inline constexpr int kLast = -1;

/// A time of day, exchange time.
struct DueAt {
  enum class From : std::uint8_t { midnight, open, close };
  From from = From::midnight;
  int minutes = 0;  // after it; before the close: negative
};

/// Due dates: anchor + k × interval, k = 0, 1, 2 …, never derived from the last execution. A monthly,
/// quarterly or yearly date that the month lacks becomes the month's last day. Of a daily schedule, a day
/// that is no session has no installment.
struct Schedule {
  Interval interval = Interval::monthly;
  std::optional<Date> anchor;  // without one: the run's first session (monthly and longer: day_of_month of its month)
  int day_of_month = 1;        // 1 … 28, or kMonthEnd; an anchor's own day comes before it, kMonthEnd excepted
  DayRule rule = DayRule::date;
  int weekday = 0;  // DayRule::weekday: 0 = Sunday … 6
  int nth = 1;  // weekday: 1 … 4 or kLast, of the month; trading_day: 1 … or kLast, of the month, quarter or year
  Roll roll = Roll::following;
  std::optional<DueAt> at = std::nullopt;  // absent: from the session's open on
};

struct Allocation {
  std::string symbol;
  Ratio weight;
};

/// What becomes of installments whose time passed while nothing ran.
enum class CatchUp : std::uint8_t { run_all, run_last, skip };

/// An amount from a day on.
struct DatedAmount {
  Date from;
  Money amount;
};

struct SipPlan {
  Schedule schedule;
  Money amount;
  std::vector<Allocation> allocations;  // weights sum to 1
  bool deposit = false;                 // the amount is paid in at each installment; else it comes from the cash
  CatchUp catch_up = CatchUp::run_last;
  std::optional<Date> end;            // no installment is due after it
  bool carry_residue = true;          // what an installment leaves over is for the next one; else it stays in the cash
  std::vector<Money> symbol_amounts;  // in the order of `allocations`, whose weights are their shares; empty: by weight
  std::vector<DatedAmount> amounts;   // in the place of `amount`, each from its day on; ascending
  Ratio step_up_rate;                 // at each anniversary of the anchor the amount grows by this …
  Money step_up_amount;               // … or by this
  bool value_averaging = false;       // an installment brings the holdings up to their path, `amount` higher each time
  Ratio growth;                       // of value averaging: of the path, from one installment to the next
};

struct RebalancePlan {
  std::optional<Schedule> schedule;  // at least one of schedule and the bands
  std::optional<Ratio> band;         // absolute drift of any weight that triggers
  Money min_order_notional;
  std::vector<Allocation> targets;  // with cash_weight, they sum to 1
  Ratio cash_weight;
  std::optional<Ratio> relative_band;  // drift of a target's weight, as a share of that weight, that triggers
  std::int32_t cooldown_days = 0;      // after a rebalance, none begins for so many days
  bool to_edge = false;                // a weight outside its band is brought to the band's edge, others are left alone
};

enum class StrategyKind : std::uint8_t { manual, sip, rebalance, sip_rebalance };

/// Parts of a short position's value: what must be left beside it when it grows, and what must stay.
struct ShortSelling {
  Ratio initial_margin;
  Ratio maintenance_margin;
};

struct RunConfig {
  StrategyKind strategy = StrategyKind::manual;
  FillAt fill_at = FillAt::close;
  Quantity quantity_step{kScale};  // whole shares by default
  Ratio market_buffer{2'000'000};  // a waiting market buy reserves last × (1 + this); 2 %
  CostBasis cost_basis = CostBasis::average;
  FeeModel fee;
  SlippageModel slippage;
  std::optional<Ratio> volume_cap;            // of a bar's volume: the most that the run's orders trade on it
  std::optional<ShortSelling> short_selling;  // absent: long only
  Limits limits;
  std::optional<SipPlan> sip;
  std::optional<RebalancePlan> rebalance;
};

}  // namespace tradingd::engine
