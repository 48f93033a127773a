// Plots as text.
#include "ctl/plot.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "ctl/cells.h"

using namespace tradingd::ctl;

namespace {

constexpr std::int64_t kDay = 86'400'000'000;

Curve line(const std::string& name, int points, double from, double to) {
  Curve curve(name);
  for (int i = 0; i < points; ++i) curve.add({i * kDay, from + (to - from) * i / std::max(1, points - 1)});
  return curve;
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    longest = std::max(longest, display_width(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
  }
  return longest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(plot_rising_line) {
  BOOST_TEST(render_plot({line("equity", 31, 1000, 2000)}, 30, 6, {}) ==
             "2,000 ┤                  ⡠⠤⠒⠒⠊\n"
             "      │            ⣀⡠⠒⠒⠉⠉\n"
             "1,500 ┤      ⣀⡠⠤⠒⠊⠉\n"
             "1,000 ┤⣀⡠⠤⠊⠉⠉\n"
             "      └───────────────────────\n"
             "       1970-01-01   1970-01-31\n");
}

BOOST_AUTO_TEST_CASE(plot_fits_its_size) {
  for (const int width : {30, 80, 200}) {
    for (const int height : {8, 24, 60}) {
      const std::string plot = render_plot({line("equity", 500, 99'000, 1'250'000)}, width, height, {});
      BOOST_TEST(longest_line(plot) <= static_cast<std::size_t>(width));
      BOOST_TEST(lines_of(plot) == static_cast<std::size_t>(height));
    }
  }
}

BOOST_AUTO_TEST_CASE(plot_several_curves_have_a_legend) {
  const std::string plot = render_plot({line("run 3", 5, 1, 2), line("run 4", 5, 2, 1234567)}, 60, 20, {});
  BOOST_TEST(plot.find("run 3  2.00") != std::string::npos);
  BOOST_TEST(plot.find("run 4  1,234,567.00") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(plot_of_nothing_of_one_point_and_of_a_flat_line) {
  BOOST_TEST(render_plot({Curve("empty")}, 60, 10, {}) == "");
  BOOST_TEST(!render_plot({line("one", 1, 5, 5)}, 60, 10, {}).empty());
  const std::string flat = render_plot({line("flat", 100, 100'000, 100'000)}, 60, 10, {});
  BOOST_TEST(flat.find("100,000.00 ┤") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(plot_negative_values) {
  const std::string plot = render_plot({line("pnl", 100, -2'000, 2'000)}, 60, 22, {});
  BOOST_TEST(plot.find("-1,000 ┤") != std::string::npos);
  BOOST_TEST(plot.find("     0 ┤") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(curve_stays_bounded_and_keeps_its_extremes) {
  Curve curve("long");
  for (int i = 0; i < 1'000'000; ++i) curve.add({i, i == 123'457 ? -7.0 : i == 654'321 ? 9.0 : 1.0});
  BOOST_TEST(curve.points().size() < 70'000U);
  BOOST_TEST(curve.last().time_us == 999'999);
  const auto [low, high] =
      std::minmax_element(curve.points().begin(), curve.points().end(),
                          [](const PlotPoint& a, const PlotPoint& b) { return a.value < b.value; });
  BOOST_TEST(low->value == -7.0);
  BOOST_TEST(high->value == 9.0);
  BOOST_TEST(std::is_sorted(curve.points().begin(), curve.points().end(),
                            [](const PlotPoint& a, const PlotPoint& b) { return a.time_us < b.time_us; }));
}

BOOST_AUTO_TEST_CASE(plot_shades_drawdowns_of_one_curve) {
  Curve curve("equity");
  const double values[] = {100, 200, 100, 200};
  for (int i = 0; i < 4; ++i) curve.add({i * kDay, values[i]});
  const Terminal colored{true, true, 60, 20};
  const std::string one = render_plot({curve}, 60, 20, colored);
  const std::string rising = render_plot({line("equity", 4, 100, 200)}, 60, 20, colored);
  BOOST_TEST(one.find("\x1b[31m") != std::string::npos);
  BOOST_TEST(rising.find("\x1b[31m") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(sparklines) {
  using nlohmann::json;
  BOOST_TEST(sparkline(json::array({"1", "2", "3"})) == "▁▅█");
  BOOST_TEST(sparkline(json::array({"5", "5"})) == "▅▅");
  BOOST_TEST(sparkline(json::array()) == "");
}
