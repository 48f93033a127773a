#include "daemon/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tradingd::report {

namespace {

constexpr double kWidth = 860;
constexpr double kLeft = 84;
constexpr double kRight = 14;
constexpr double kTop = 12;
constexpr double kBottom = 28;
constexpr int kTicks = 5;

/// The colours, by the names of their CSS variables. Shapes and signs say the same as red and green.
struct Paint {
  const char* name;
  const char* light;
  const char* dark;
};
constexpr std::array kPaints{
    Paint{"ink", "#1b1f24", "#e6e9ee"},   Paint{"quiet", "#5b6470", "#9aa5b1"},
    Paint{"line", "#d9dee5", "#333b45"},  Paint{"paper", "#ffffff", "#12161b"},
    Paint{"panel", "#f6f8fa", "#1a2027"}, Paint{"equity", "#0b5fce", "#6aa9ff"},
    Paint{"gain", "#0a7a3d", "#4cc38a"},  Paint{"loss", "#c2261d", "#ff8379"},
    Paint{"cash", "#7a8694", "#8a96a4"},  Paint{"invested", "#0b5fce", "#6aa9ff"},
    Paint{"price", "#5b6470", "#9aa5b1"},
};

constexpr const char* kChartRules = R"css(
svg.chart{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
svg .grid{stroke:var(--line);stroke-width:1}svg .label{fill:var(--quiet)}
svg .curve{fill:none;stroke-width:1.6;stroke-linejoin:round}svg .area{stroke:none;opacity:.28}
svg .curve.equity{stroke:var(--equity)}svg .dot.equity{fill:var(--equity)}
svg .curve.drawdown{stroke:var(--loss)}svg .area.drawdown,svg .dot.drawdown{fill:var(--loss)}
svg .curve.cash{stroke:var(--cash)}svg .area.cash,svg .dot.cash{fill:var(--cash)}
svg .curve.invested{stroke:var(--invested)}svg .area.invested,svg .dot.invested{fill:var(--invested)}
svg .curve.price{stroke:var(--price)}svg .dot.price{fill:var(--price)}
svg .buy{fill:var(--gain);stroke:var(--paper)}svg .sell{fill:var(--loss);stroke:var(--paper)}
)css";

/// `text` with the light colours in place of the variables: for programs that draw SVG and know no CSS variables.
std::string painted(std::string text) {
  for (const Paint& paint : kPaints) {
    const std::string variable = fmt::format("var(--{})", paint.name);
    for (std::size_t at = text.find(variable); at != std::string::npos; at = text.find(variable, at)) {
      text.replace(at, variable.size(), paint.light);
    }
  }
  return text;
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] double size() const { return high - low; }
};

/// Where things are on the canvas.
struct Frame {
  Range time;
  Range value;
  double height = 0;

  [[nodiscard]] double x(Time at) const {
    const double share = time.size() > 0 ? (static_cast<double>(at.us) - time.low) / time.size() : 0.5;
    return kLeft + share * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double at) const {
    const double share = value.size() > 0 ? (at - value.low) / value.size() : 0.5;
    return height - kBottom - share * (height - kTop - kBottom);
  }
};

/// A step of 1, 2 or 5 times a power of ten that divides the range into about kTicks parts.
double step_of(const Range& range) {
  if (range.size() <= 0) {
    return 1;
  }
  const double rough = range.size() / kTicks;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) {
      return factor * power;
    }
  }
  return 10 * power;
}

Frame frame_of(const Chart& chart) {
  Frame frame;
  frame.height = chart.height;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) {
      frame.time.take(static_cast<double>(point.time.us));
      frame.value.take(point.value);
    }
    if (series.area) {
      frame.value.take(0);
    }
  }
  for (const Mark& mark : chart.marks) {
    frame.time.take(static_cast<double>(mark.time.us));
    frame.value.take(mark.value);
  }
  if (frame.value.size() <= 0) {
    const double margin = frame.value.high == 0 ? 0.01 : std::max(1e-8, std::abs(frame.value.high) * 0.01);
    frame.value = {frame.value.low - margin, frame.value.high + margin};
  }
  return frame;
}

std::string value_text(const Chart& chart, double value, double step) {
  if (chart.unit == Unit::share) {
    const int decimals = step >= 0.01 ? 0 : 2;
    return amount_text(value * 100, decimals) + " %";
  }
  const int decimals = step >= 1 ? 0 : std::min(8, static_cast<int>(std::ceil(-std::log10(step))));
  return amount_text(value, decimals);
}

std::string value_axis(const Chart& chart, const Frame& frame) {
  const double step = step_of(frame.value);
  std::string svg;
  for (double k = std::ceil(frame.value.low / step); k * step <= frame.value.high + step * 1e-9; ++k) {
    const double y = frame.y(k * step);
    svg += fmt::format(R"(<line class="grid" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>)", kLeft,
                       kWidth - kRight, y, y);
    svg += fmt::format(R"(<text class="label" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)", kLeft - 8, y + 4,
                       escaped(value_text(chart, k == 0 ? 0.0 : k * step, step)));
  }
  return svg;
}

std::string time_axis(const Frame& frame) {
  const auto low = static_cast<std::int64_t>(frame.time.low);
  const auto high = static_cast<std::int64_t>(frame.time.high);
  const bool short_span = high - low < 2 * kMicrosecondsPerDay;
  std::string svg;
  const int labels = high > low ? kTicks : 1;
  for (int i = 0; i < labels; ++i) {
    const Time at{labels == 1 ? low : low + (high - low) / (labels - 1) * i};
    const std::string text = format_time(at);
    const char* const anchor = i == 0 ? "start" : i + 1 == labels ? "end" : "middle";
    svg += fmt::format(R"(<text class="label" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)",
                       labels == 1 ? kLeft : frame.x(at), frame.height - 8, labels == 1 ? "start" : anchor,
                       short_span ? text.substr(0, 10) + " " + text.substr(11, 5) : text.substr(0, 10));
  }
  return svg;
}

/// At most about four points for each column of pixels: first, last, lowest and highest.
std::vector<Point> thinned(const std::vector<Point>& points, const Frame& frame) {
  if (points.size() < 2 * static_cast<std::size_t>(kWidth)) {
    return points;
  }
  std::vector<Point> kept;
  for (std::size_t begin = 0; begin < points.size();) {
    std::size_t end = begin;
    const double column = std::floor(frame.x(points[begin].time));
    while (end < points.size() && std::floor(frame.x(points[end].time)) == column) {
      ++end;
    }
    const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = points.begin() + static_cast<std::ptrdiff_t>(end);
    const auto [low, high] =
        std::minmax_element(first, last, [](const Point& a, const Point& b) { return a.value < b.value; });
    std::vector<Point> some{*first, *low, *high, *(last - 1)};
    std::stable_sort(some.begin(), some.end(), [](const Point& a, const Point& b) { return a.time < b.time; });
    kept.insert(kept.end(), some.begin(), some.end());
    begin = end;
  }
  return kept;
}

std::string curve(const Series& series, const Frame& frame) {
  if (series.points.empty()) {
    return {};
  }
  const std::vector<Point> points = thinned(series.points, frame);
  std::string path;
  for (const Point& point : points) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", frame.x(point.time), frame.y(point.value));
  }
  std::string svg;
  if (series.area) {
    svg += fmt::format(R"(<path class="area {}" d="{}L{:.1f} {:.1f}L{:.1f} {:.1f}Z"/>)", series.style, path,
                       frame.x(points.back().time), frame.y(0), frame.x(points.front().time), frame.y(0));
  }
  if (points.size() == 1) {
    return svg + fmt::format(R"(<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="3"/>)", series.style,
                             frame.x(points.front().time), frame.y(points.front().value));
  }
  return svg + fmt::format(R"(<path class="curve {}" d="{}"/>)", series.style, path);
}

/// A triangle: up for a buy, below the price; down for a sale, above it. Told by shape as well as by colour.
std::string marker(const Mark& mark, const Frame& frame) {
  const double x = frame.x(mark.time);
  const double y = frame.y(mark.value);
  const double side = mark.buy ? 1 : -1;
  return fmt::format(R"(<path class="{}" d="M{:.1f} {:.1f}l-5 {:.1f}h10Z"><title>{}</title></path>)",
                     mark.buy ? "buy" : "sell", x, y + side * 2, side * 9, escaped(mark.text));
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
    }
  }
  return safe;
}

std::string amount_text(double value, int decimals) {
  std::string digits = fmt::format("{:.{}f}", std::abs(value), decimals);
  const bool zero = digits.find_first_not_of("0.") == std::string::npos;
  const std::size_t point = std::min(digits.find('.'), digits.size());
  for (std::size_t at = point; at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return (value < 0 && !zero ? "−" : "") + digits;
}

std::string share_text(double value) { return amount_text(value * 100) + " %"; }

const std::string& chart_styles() {
  static const std::string styles = [] {
    std::string light;
    std::string dark;
    for (const Paint& paint : kPaints) {
      light += fmt::format("--{}:{};", paint.name, paint.light);
      dark += fmt::format("--{}:{};", paint.name, paint.dark);
    }
    return ":root{" + light + "}\n@media (prefers-color-scheme:dark){:root{" + dark + "}}\n" + kChartRules;
  }();
  return styles;
}

std::string render_chart(const Chart& chart, bool standalone) {
  const Frame frame = frame_of(chart);
  if (frame.time.low > frame.time.high) {
    return {};
  }
  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {:.0f} {}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title><desc id="{}-d">{}</desc>)",
      kWidth, chart.height, chart.id, chart.id, chart.id, escaped(chart.title), chart.id, escaped(chart.description));
  if (standalone) {
    svg += painted("<style>" + std::string(kChartRules) +
                   "</style><rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>");
  }
  svg += value_axis(chart, frame) + time_axis(frame);
  for (const Series& series : chart.series) {
    svg += curve(series, frame);
  }
  for (const Mark& mark : chart.marks) {
    svg += marker(mark, frame);
  }
  return svg + "</svg>\n";
}

}  // namespace tradingd::report
