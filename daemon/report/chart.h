#pragma once
// Charts over time as SVG text. Colours come from CSS variables, so that a page's light and dark themes hold; no
// script, no font and no file from elsewhere.

#include <string>
#include <vector>

#include "daemon/base/time.h"

namespace tradingd::report {

struct Point {
  Time time;
  double value = 0;
};

enum class Unit : std::uint8_t { amount, share };  // a share of 0.1 is shown as 10 %

/// A curve; with `area`, filled down to 0.
struct Series {
  std::string name;
  std::string style;  // CSS class: "equity", "drawdown", "cash", "invested", "price"
  std::vector<Point> points;
  bool area = false;
};

/// A trade on a price.
struct Mark {
  Time time;
  double value = 0;
  bool buy = true;
  std::string text;  // shown when pointed at
};

struct Chart {
  std::string id;           // unique in the page
  std::string title;        // for people and screen readers
  std::string description;  // what it shows, in a sentence with figures
  Unit unit = Unit::amount;
  std::vector<Series> series;  // drawn in this order
  std::vector<Mark> marks;
  int height = 260;
};

/// An <svg> element with a title and a description; empty for a chart without points. Long curves are thinned to the
/// extremes of each pixel's column. With `standalone`, a whole file with its own styles.
[[nodiscard]] std::string render_chart(const Chart& chart, bool standalone = false);

/// The variables and rules that charts need, for a page's <style>.
[[nodiscard]] const std::string& chart_styles();

/// Text for HTML and SVG: &, <, >, quotes and control characters made harmless.
[[nodiscard]] std::string escaped(std::string_view text);
/// "1,234.50" and "12.34 %"; a minus is a real one.
[[nodiscard]] std::string amount_text(double value, int decimals = 2);
[[nodiscard]] std::string share_text(double value);

}  // namespace tradingd::report
