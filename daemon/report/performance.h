#pragma once
// A run's performance, from its equity curve, its flows of cash and its trades. Floating point: these are
// statistics, and none of them reaches the ledger. A figure that isn't defined says why; it is never 0 instead.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"

namespace tradingd::report {

/// A point of the equity curve.
struct Observation {
  Time time;
  double equity = 0;
  double market_value = 0;  // of the positions
};

/// Money from outside: positive is paid in (the initial cash too), negative is taken out.
struct Flow {
  Time time;
  double amount = 0;
};

struct Fill {
  Time time;
  bool buy = true;
  double notional = 0;
  double realized = 0;  // gain or loss that it realised; 0 for one that opened a position
  double fee = 0;
};

/// All three in the order of time.
struct History {
  std::vector<Observation> equity;
  std::vector<Flow> flows;
  std::vector<Fill> fills;
};

struct Figure {
  std::optional<double> value;
  std::string why;  // it has none
};

struct Drawdown {
  Time peak;
  Time trough;
  std::optional<Time> recovered;  // absent: not yet
  double depth = 0;               // of the peak: 0.2 is 20 %
};

/// A moment's value of one unit that was in the run from its first observation on: 1 at the start.
struct IndexPoint {
  Time time;
  double value = 1;
};

struct MonthlyReturn {
  int year = 0;
  int month = 0;  // 1 … 12
  double value = 0;
};

struct Performance {
  Figure twr;         // 0.1 is 10 %, as are all returns
  Figure xirr;        // a year
  Figure cagr;        // a year
  Figure volatility;  // a year
  Figure sharpe;      // a year's, over a riskless rate of 0
  Figure sortino;     // the same, over a target of 0
  Figure calmar;
  Figure max_drawdown;
  Figure turnover;
  Figure exposure;
  Figure win_rate;
  Figure profit;    // in money
  double days = 0;  // from the first observation to the last
  int periods_per_year = 252;
  std::vector<Drawdown> drawdowns;  // the deepest first, at most kDrawdownsMax
  std::vector<MonthlyReturn> months;
  std::vector<IndexPoint> index;
};

inline constexpr std::size_t kDrawdownsMax = 5;

/// Formulas and sources:
/// - TWR: the product of E(i) / (E(i-1) + F(i)), less 1; F(i) is what came in since the observation before, taken as
///   there from that period's beginning (CFA Institute, GIPS standards: external flows end a sub-period).
/// - XIRR: the rate r for which Σ v(i) / (1 + r)^((t(i) - t(0)) / 365 days) = 0 over the flows (paid in negative) and
///   the last equity (OpenDocument OpenFormula 1.2, 6.12.52); what came before the first observation counts from it on.
/// - CAGR: (1 + TWR)^(365 / days) - 1.
/// - Volatility: the sample standard deviation of the returns per day (UTC, by the last observation of each) times
///   the root of the periods per year: 252, or 365 where weekends have observations; 52, 12, 4 or 1 where days with
///   observations are usually a week, a month, a quarter or a year apart.
/// - Sharpe: mean over standard deviation of the same returns, times that root (Sharpe 1994, riskless rate 0).
/// - Sortino: mean over the root of the mean square of the negative ones, times that root (Sortino and Price 1994).
/// - Drawdown: 1 - index / its highest before; on the index, so that money taken out is none.
/// - Calmar: CAGR over the deepest drawdown (Young 1991, here over the run's whole life).
/// - Turnover: the lesser of what was bought and sold over the mean equity (SEC Form N-1A, item 13).
/// - Exposure: market value over equity, averaged over time.
/// - Win rate: the share, among the fills that realised a gain or loss, of those that gained after their fee.
[[nodiscard]] Performance measure(const History& history);

/// See above; the flows as the investor sees them (paid in negative) and the last value. Undefined without flows of
/// both signs, or where no rate from -99.99 % to 1,000,000 % solves it.
[[nodiscard]] Figure xirr(const std::vector<Flow>& flows);
/// All drawdowns of an index, the deepest first.
[[nodiscard]] std::vector<Drawdown> drawdowns_of(const std::vector<IndexPoint>& index);

}  // namespace tradingd::report
