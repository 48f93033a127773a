#include "daemon/report/performance.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace tradingd::report {

namespace {

constexpr double kDayUs = 86'400e6;
constexpr double kDaysPerYear = 365;
constexpr int kTradingDays = 252;

Figure of(double value) { return {value, {}}; }
Figure none(std::string why) { return {std::nullopt, std::move(why)}; }

double days_between(Time from, Time to) { return static_cast<double>(to.us - from.us) / kDayUs; }

/// Returns from observation to observation, chained. Stops where the denominator has no sense, and says so.
std::vector<IndexPoint> make_index(const History& history, std::string& trouble) {
  std::vector<IndexPoint> index;
  index.reserve(history.equity.size());
  auto flow = history.flows.begin();
  double before = 0;
  for (const Observation& point : history.equity) {
    double came_in = 0;
    for (; flow != history.flows.end() && flow->time <= point.time; ++flow) {
      came_in += flow->amount;
    }
    const double base = before + came_in;
    if (index.empty() && base <= 0) {
      trouble = "the run had no money when it began";
      return index;
    }
    if (base <= 0) {
      trouble = "equity was 0 or below at " + format_time(index.back().time);
      return index;
    }
    // The first return is from the initial cash to the first mark.
    index.push_back({point.time, (index.empty() ? 1.0 : index.back().value) * point.equity / base});
    before = point.equity;
  }
  return index;
}

struct Daily {
  std::vector<double> returns;
  bool weekends = false;
  std::vector<int> gaps;  // days from one to the next
};

/// How many observations a year has whose usual distance is at most so many days.
struct Frequency {
  int gap_days_max;
  int per_year;
};
constexpr Frequency kFrequencies[] = {{10, 52}, {45, 12}, {135, 4}};
constexpr int kDailyGapMax = 4;  // days
constexpr int kYearly = 1;

int periods_per_year(Daily& daily) {
  std::nth_element(daily.gaps.begin(), daily.gaps.begin() + static_cast<std::ptrdiff_t>(daily.gaps.size() / 2),
                   daily.gaps.end());
  const int gap = daily.gaps.empty() ? 1 : daily.gaps[daily.gaps.size() / 2];
  if (gap <= kDailyGapMax) {
    return daily.weekends ? static_cast<int>(kDaysPerYear) : kTradingDays;
  }
  const auto* const found = std::find_if(std::begin(kFrequencies), std::end(kFrequencies),
                                         [&](const Frequency& one) { return gap <= one.gap_days_max; });
  return found == std::end(kFrequencies) ? kYearly : found->per_year;
}

/// The return of each UTC day with an observation, from the last one of the day before it.
Daily daily_returns(const std::vector<IndexPoint>& index) {
  Daily daily;
  double before = 1;
  std::optional<Date> last;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const Date date = utc_date(index[i].time);
    if (i + 1 < index.size() && utc_date(index[i + 1].time) == date) {
      continue;
    }
    daily.returns.push_back(before == 0 ? 0 : index[i].value / before - 1);
    daily.weekends = daily.weekends || weekday(date) == 0 || weekday(date) == 6;
    if (last) {
      daily.gaps.push_back(date.days - last->days);
    }
    last = date;
    before = index[i].value;
  }
  return daily;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double squares = 0;
  for (const double value : values) {
    squares += (value - middle) * (value - middle);
  }
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

void measure_risk(Performance& result) {
  Daily daily = daily_returns(result.index);
  result.periods_per_year = periods_per_year(daily);
  const double root = std::sqrt(result.periods_per_year);
  if (daily.returns.size() < 2) {
    result.volatility = result.sharpe = result.sortino = none("it takes two days at least");
    return;
  }
  const double deviation = standard_deviation(daily.returns);
  const double middle = mean(daily.returns);
  result.volatility = of(deviation * root);
  result.sharpe = deviation > 0 ? of(middle / deviation * root) : none("the returns don't vary");
  double downside = 0;
  for (const double value : daily.returns) {
    downside += std::min(value, 0.0) * std::min(value, 0.0);
  }
  downside = std::sqrt(downside / static_cast<double>(daily.returns.size()));
  result.sortino = downside > 0 ? of(middle / downside * root) : none("no day has lost");
}

void measure_returns(Performance& result, const History& history, const std::string& trouble) {
  if (!trouble.empty()) {
    result.twr = result.cagr = none(trouble);
    return;
  }
  const double growth = result.index.back().value;
  result.twr = of(growth - 1);
  if (result.days < 1) {
    result.cagr = none("it takes a day at least");
  } else if (growth <= 0) {
    result.cagr = none("everything is lost");
  } else {
    result.cagr = of(std::pow(growth, kDaysPerYear / result.days) - 1);
  }
  std::vector<Flow> investor;
  investor.reserve(history.flows.size() + 1);
  // What was paid in before the first price lay there without a market: it counts from then on.
  for (const Flow& flow : history.flows) {
    investor.push_back({std::max(flow.time, history.equity.front().time), -flow.amount});
  }
  investor.push_back({history.equity.back().time, history.equity.back().equity});
  result.xirr = xirr(investor);
}

void measure_activity(Performance& result, const History& history) {
  double bought = 0;
  double sold = 0;
  int closed = 0;
  int won = 0;
  for (const Fill& fill : history.fills) {
    (fill.buy ? bought : sold) += fill.notional;
    closed += fill.realized != 0 ? 1 : 0;
    won += fill.realized != 0 && fill.realized > fill.fee ? 1 : 0;
  }
  result.win_rate = closed > 0 ? of(static_cast<double>(won) / closed) : none("no trade has realised a gain or loss");

  double weights = 0;
  double exposed = 0;
  double equity = 0;
  for (std::size_t i = 0; i < history.equity.size(); ++i) {
    const Observation& point = history.equity[i];
    equity += point.equity;
    const bool last = i + 1 == history.equity.size();
    const double held =
        last ? (history.equity.size() == 1 ? 1 : 0) : days_between(point.time, history.equity[i + 1].time);
    if (point.equity > 0) {
      weights += held;
      exposed += held * point.market_value / point.equity;
    }
  }
  const double mean_equity = equity / static_cast<double>(history.equity.size());
  result.exposure = weights > 0 ? of(exposed / weights) : none("there was no equity");
  result.turnover = mean_equity > 0 ? of(std::min(bought, sold) / mean_equity) : none("there was no equity");
}

std::vector<MonthlyReturn> monthly_returns(const std::vector<IndexPoint>& index) {
  std::vector<MonthlyReturn> months;
  double before = 1;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const CivilDate civil = to_civil(utc_date(index[i].time));
    if (i + 1 < index.size()) {
      const CivilDate next = to_civil(utc_date(index[i + 1].time));
      if (next.year == civil.year && next.month == civil.month) {
        continue;
      }
    }
    if (before > 0) {
      months.push_back({civil.year, civil.month, index[i].value / before - 1});
    }
    before = index[i].value;
  }
  return months;
}

double present_value(const std::vector<Flow>& flows, double rate) {
  double sum = 0;
  for (const Flow& flow : flows) {
    sum += flow.amount / std::pow(1 + rate, days_between(flows.front().time, flow.time) / kDaysPerYear);
  }
  return sum;
}

}  // namespace

Figure xirr(const std::vector<Flow>& flows) {
  const auto positive = [](const Flow& flow) { return flow.amount > 0; };
  const auto negative = [](const Flow& flow) { return flow.amount < 0; };
  if (std::none_of(flows.begin(), flows.end(), positive) || std::none_of(flows.begin(), flows.end(), negative)) {
    return none("it takes money paid in and something that is left or was taken out");
  }
  if (days_between(flows.front().time, flows.back().time) < 1) {
    return none("it takes a day at least");
  }
  // Bisection on the rate's logarithm, between neighbours of a grid where the sign changes: slow and sure. Of several
  // solutions, the one nearest to 0.
  constexpr int kSteps = 400;
  const double low = std::log(1e-4);
  const double high = std::log(1e4 + 1);
  std::optional<double> best;
  double from = low;
  double value_from = present_value(flows, std::exp(from) - 1);
  for (int step = 1; step <= kSteps; ++step) {
    const double to = low + (high - low) * step / kSteps;
    const double value_to = present_value(flows, std::exp(to) - 1);
    if ((value_from <= 0) != (value_to <= 0)) {
      double a = from;
      double b = to;
      for (int i = 0; i < 100; ++i) {
        const double middle = (a + b) / 2;
        ((present_value(flows, std::exp(middle) - 1) <= 0) == (value_from <= 0) ? a : b) = middle;
      }
      if (!best || std::abs(a) < std::abs(*best)) {
        best = a;
      }
    }
    from = to;
    value_from = value_to;
  }
  constexpr double kLeastRate = 1e-12;  // what bisection leaves of nothing
  if (best && std::abs(*best) < kLeastRate) {
    return of(0);
  }
  return best ? of(std::exp(*best) - 1) : none("no rate from -99.99 % to 1,000,000 % solves it");
}

std::vector<Drawdown> drawdowns_of(const std::vector<IndexPoint>& index) {
  std::vector<Drawdown> all;
  if (index.empty()) {
    return all;
  }
  IndexPoint peak = index.front();
  std::optional<Drawdown> open;
  for (const IndexPoint& point : index) {
    if (point.value >= peak.value) {
      if (open) {
        open->recovered = point.time;
        all.push_back(*std::exchange(open, std::nullopt));
      }
      peak = point;
      continue;
    }
    const double depth = 1 - point.value / peak.value;
    if (!open) {
      open = Drawdown{peak.time, point.time, std::nullopt, depth};
    } else if (depth > open->depth) {
      open->depth = depth;
      open->trough = point.time;
    }
  }
  if (open) {
    all.push_back(*open);
  }
  std::stable_sort(all.begin(), all.end(), [](const Drawdown& a, const Drawdown& b) { return a.depth > b.depth; });
  return all;
}

Performance measure(const History& history) {
  Performance result;
  if (history.equity.empty()) {
    for (Figure* figure :
         {&result.twr, &result.xirr, &result.cagr, &result.volatility, &result.sharpe, &result.sortino, &result.calmar,
          &result.max_drawdown, &result.turnover, &result.exposure, &result.win_rate, &result.profit}) {
      *figure = none("no tick has come since the run was started");
    }
    return result;
  }
  result.days = days_between(history.equity.front().time, history.equity.back().time);
  double paid_in = 0;
  for (const Flow& flow : history.flows) {
    paid_in += flow.amount;
  }
  result.profit = of(history.equity.back().equity - paid_in);
  std::string trouble;
  result.index = make_index(history, trouble);
  measure_returns(result, history, trouble);
  if (result.index.empty()) {
    result.volatility = result.sharpe = result.sortino = result.max_drawdown = result.calmar = none(trouble);
  } else {
    measure_risk(result);
    // From what was paid in: a loss on the first day is one, too.
    std::vector<IndexPoint> from_start{{result.index.front().time, 1.0}};
    from_start.insert(from_start.end(), result.index.begin(), result.index.end());
    result.drawdowns = drawdowns_of(from_start);
    const double deepest = result.drawdowns.empty() ? 0 : result.drawdowns.front().depth;
    result.max_drawdown = of(deepest);
    result.calmar = deepest <= 0        ? none("there was no drawdown")
                    : result.cagr.value ? of(*result.cagr.value / deepest)
                                        : none(result.cagr.why);
    result.drawdowns.resize(std::min(result.drawdowns.size(), kDrawdownsMax));
  }
  measure_activity(result, history);
  result.months = monthly_returns(result.index);
  return result;
}

}  // namespace tradingd::report
