// Figures against published worked examples, and what is undefined.
#include "daemon/report/performance.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

namespace tradingd::report {
namespace {

Time day(int number) { return midnight_utc(Date{number}); }
Time date(const char* text) { return midnight_utc(parse_date(text).value()); }

/// A history with one observation a day, from the first flow on.
History daily(const std::vector<double>& equity, double paid_in) {
  History history;
  history.flows.push_back({day(4), paid_in});
  for (std::size_t i = 0; i < equity.size(); ++i) {
    history.equity.push_back({day(4 + static_cast<int>(i)), equity[i], equity[i] / 2});
  }
  return history;
}

bool near(const Figure& figure, double wanted, double tolerance = 1e-9) {
  BOOST_TEST_MESSAGE(figure.value.value_or(NAN) << " against " << wanted);
  return figure.value && std::abs(*figure.value - wanted) < tolerance;
}

BOOST_AUTO_TEST_SUITE(performance)

// The example of Excel's and OpenDocument's XIRR: five flows, 37.3362535 % a year.
BOOST_AUTO_TEST_CASE(xirr_is_that_of_the_documented_example) {
  const std::vector<Flow> flows{{date("2008-01-01"), -10'000},
                                {date("2008-03-01"), 2'750},
                                {date("2008-10-30"), 4'250},
                                {date("2009-02-15"), 3'250},
                                {date("2009-04-01"), 2'750}};
  BOOST_TEST(near(xirr(flows), 0.373362535, 1e-8));
}

BOOST_AUTO_TEST_CASE(xirr_of_one_year_is_the_simple_return_and_losses_are_negative) {
  BOOST_TEST(near(xirr({{date("2021-01-01"), -100}, {date("2022-01-01"), 110}}), 0.10));
  BOOST_TEST(near(xirr({{date("2021-01-01"), -100}, {date("2022-01-01"), 1}}), -0.99));
  BOOST_TEST(near(xirr({{date("2021-01-01"), -100}, {date("2023-01-01"), 400}}), 1.0));
}

// A run on a feed without a tick begins at the feed's origin, which may be long ago.
BOOST_AUTO_TEST_CASE(money_that_waited_for_the_first_price_counts_from_then_on) {
  History history;
  history.flows.push_back({Time{0}, 100});
  history.equity = {{date("2021-01-01"), 100, 0}, {date("2022-01-01"), 110, 0}};
  BOOST_TEST(near(measure(history).xirr, 0.10));
}

BOOST_AUTO_TEST_CASE(xirr_is_undefined_without_both_signs_or_time) {
  BOOST_TEST(!xirr({}).value);
  BOOST_TEST(!xirr({{day(0), -100}}).value);
  BOOST_TEST(!xirr({{day(0), -100}, {day(400), 0}}).value);
  const Figure same_day = xirr({{day(0), -100}, {day(0), 110}});
  BOOST_TEST(!same_day.value);
  BOOST_TEST(same_day.why == "it takes a day at least");
}

// The textbook portfolio (Investopedia, "Maximum Drawdown"): 500, 750, 400, 600, 350, 800 thousand: 53.33 %.
BOOST_AUTO_TEST_CASE(drawdown_is_that_of_the_published_example) {
  const Performance result = measure(daily({500, 750, 400, 600, 350, 800}, 500));
  BOOST_TEST(near(result.max_drawdown, 400.0 / 750));
  BOOST_REQUIRE(result.drawdowns.size() == 1U);
  BOOST_TEST((result.drawdowns[0].peak == day(5)));
  BOOST_TEST((result.drawdowns[0].trough == day(8)));
  BOOST_TEST((result.drawdowns[0].recovered.value() == day(9)));
}

BOOST_AUTO_TEST_CASE(drawdowns_are_the_deepest_first_and_one_may_be_open) {
  const std::vector<Drawdown> all = drawdowns_of({{day(0), 1}, {day(1), 0.9}, {day(2), 1.1}, {day(3), 0.55}});
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(std::abs(all[0].depth - 0.5) < 1e-12);
  BOOST_TEST(!all[0].recovered);
  BOOST_TEST(std::abs(all[1].depth - 0.1) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_loss_on_the_first_day_is_a_drawdown) {
  BOOST_TEST(near(measure(daily({90, 95}, 100)).max_drawdown, 0.1));
}

// The value doubles before as much again is paid in: money-weighted and time-weighted differ.
BOOST_AUTO_TEST_CASE(money_paid_in_is_no_return) {
  History history = daily({100, 200, 500, 500}, 100);
  history.flows.push_back({Time{day(6).us - 1}, 300});
  const Performance result = measure(history);
  BOOST_TEST(near(result.twr, 1.0));
  BOOST_TEST(near(result.profit, 100));
  BOOST_TEST(near(result.max_drawdown, 0));
  BOOST_TEST(!result.calmar.value);
}

BOOST_AUTO_TEST_CASE(money_taken_out_is_no_loss) {
  History history = daily({100, 40, 44}, 100);
  history.flows.push_back({day(5), -60});
  const Performance result = measure(history);
  BOOST_TEST(near(result.twr, 0.1));
  BOOST_TEST(near(result.max_drawdown, 0));
}

// Returns of 0, 10, -10 and 10 %: by hand.
BOOST_AUTO_TEST_CASE(volatility_sharpe_and_sortino_by_hand) {
  const Performance result = measure(daily({100, 110, 99, 108.9}, 100));
  const double mean = (0 + 0.1 - 0.1 + 0.1) / 4;
  const double deviation = std::sqrt((mean * mean + 2 * (0.1 - mean) * (0.1 - mean) + (0.1 + mean) * (0.1 + mean)) / 3);
  BOOST_TEST(result.periods_per_year == 252);
  BOOST_TEST(near(result.volatility, deviation * std::sqrt(252)));
  BOOST_TEST(near(result.sharpe, mean / deviation * std::sqrt(252)));
  BOOST_TEST(near(result.sortino, mean / std::sqrt(0.01 / 4) * std::sqrt(252)));
  BOOST_TEST(near(result.cagr, std::pow(1.089, 365.0 / 3) - 1, 1e-3));
}

BOOST_AUTO_TEST_CASE(a_market_that_never_closes_has_365_days) {
  History history;
  history.flows.push_back({day(0), 100});
  for (int i = 0; i < 8; ++i) {
    history.equity.push_back({day(i), 100.0 + i, 0});
  }
  BOOST_TEST(measure(history).periods_per_year == 365);
}

BOOST_AUTO_TEST_CASE(nothing_gained_is_a_rate_of_nothing) {
  BOOST_TEST(xirr({{day(0), -100}, {day(500), 100}}).value.value() == 0);
}

BOOST_AUTO_TEST_CASE(a_year_has_as_many_periods_as_observations) {
  for (const auto& [gap, per_year] : {std::pair{1, 365}, {7, 52}, {30, 12}, {91, 4}, {365, 1}}) {
    History history;
    history.flows.push_back({day(0), 100});
    for (int i = 0; i < 8; ++i) {
      history.equity.push_back({day(i * gap), 100.0 + i, 0});
    }
    BOOST_TEST(measure(history).periods_per_year == per_year, gap);
  }
}

BOOST_AUTO_TEST_CASE(what_is_undefined_says_why) {
  const Performance nothing = measure({});
  BOOST_TEST(!nothing.twr.value);
  BOOST_TEST(nothing.twr.why == "no tick has come since the run was started");
  const Performance flat = measure(daily({100, 100, 100}, 100));
  BOOST_TEST(near(flat.volatility, 0));
  BOOST_TEST(!flat.sharpe.value);
  BOOST_TEST(flat.sharpe.why == "the returns don't vary");
  BOOST_TEST(!flat.sortino.value);
  BOOST_TEST(!flat.calmar.value);
  BOOST_TEST(!flat.win_rate.value);
  const Performance moneyless = measure(daily({0, 0}, 0));
  BOOST_TEST(!moneyless.twr.value);
  BOOST_TEST(moneyless.twr.why == "the run had no money when it began");
}

BOOST_AUTO_TEST_CASE(turnover_exposure_and_win_rate) {
  History history = daily({100, 100, 100}, 100);
  history.fills = {
      {day(4), true, 80, 0, 1}, {day(5), false, 50, 5, 1}, {day(5), false, 20, 0.5, 1}, {day(6), false, 5, -2, 0}};
  const Performance result = measure(history);
  BOOST_TEST(near(result.turnover, 0.75));
  BOOST_TEST(near(result.exposure, 0.5));
  BOOST_TEST(near(result.win_rate, 1.0 / 3));
}

BOOST_AUTO_TEST_CASE(months_chain_to_the_whole) {
  History history;
  history.flows.push_back({date("2024-01-30"), 100});
  history.equity = {{date("2024-01-30"), 100, 0},
                    {date("2024-01-31"), 110, 0},
                    {date("2024-02-15"), 99, 0},
                    {date("2024-04-01"), 198, 0}};
  const Performance result = measure(history);
  BOOST_REQUIRE(result.months.size() == 3U);
  BOOST_TEST(result.months[0].month == 1);
  BOOST_TEST(std::abs(result.months[0].value - 0.10) < 1e-12);
  BOOST_TEST(std::abs(result.months[1].value + 0.10) < 1e-12);
  BOOST_TEST(result.months[2].month == 4);
  BOOST_TEST(std::abs(result.months[2].value - 1.0) < 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tradingd::report
