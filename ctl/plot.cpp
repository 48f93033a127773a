#include "ctl/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "ctl/cells.h"
#include "daemon/base/time.h"

namespace tradingd::ctl {

namespace {

constexpr std::size_t kPointsMax = 1U << 16U;
constexpr int kDotsAcross = 2;  // of a braille character
constexpr int kDotsDown = 4;
constexpr std::array kColors = {Color::cyan, Color::yellow, Color::magenta, Color::green, Color::blue, Color::red};
/// In place of a curve's number: the shading of drawdowns.
constexpr std::size_t kShade = std::numeric_limits<std::size_t>::max();
/// Bits of U+2800 by [row][column].
constexpr unsigned kDotBits[kDotsDown][kDotsAcross] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

struct Range {
  double low = 0;
  double high = 0;
  [[nodiscard]] double position(double value) const { return high > low ? (value - low) / (high - low) : 0.5; }
};

struct Axes {
  Range time;
  Range value;
};

/// Characters of the drawing area: which dots are set, and by which curve last.
class Canvas {
 public:
  Canvas(int columns, int rows)
      : columns_(columns), rows_(rows), cells_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

  [[nodiscard]] int dots_across() const { return columns_ * kDotsAcross; }
  [[nodiscard]] int dots_down() const { return rows_ * kDotsDown; }

  void set(int x, int y, std::size_t curve) {
    Cell& cell = cells_.at(index_of(x / kDotsAcross, y / kDotsDown));
    cell.bits |= kDotBits[y % kDotsDown][x % kDotsAcross];
    cell.curve = curve;
  }

  /// Bresenham's line.
  void line(int x0, int y0, int x1, int y1, std::size_t curve) {
    const int dx = std::abs(x1 - x0);
    const int dy = -std::abs(y1 - y0);
    const int step_x = x0 < x1 ? 1 : -1;
    const int step_y = y0 < y1 ? 1 : -1;
    int error = dx + dy;
    for (;;) {
      set(x0, y0, curve);
      if (x0 == x1 && y0 == y1) return;
      const int doubled = 2 * error;
      if (doubled >= dy) {
        error += dy;
        x0 += step_x;
      }
      if (doubled <= dx) {
        error += dx;
        y0 += step_y;
      }
    }
  }

  [[nodiscard]] std::string row(int index, const Terminal& terminal) const {
    std::string text;
    for (int column = 0; column < columns_; ++column) {
      const Cell& cell = cells_.at(index_of(column, index));
      if (cell.bits == 0) {
        text += ' ';
        continue;
      }
      const unsigned code = 0x2800U + cell.bits;
      const std::string braille = {static_cast<char>(0xe0U | code >> 12U),
                                   static_cast<char>(0x80U | (code >> 6U & 0x3fU)),
                                   static_cast<char>(0x80U | (code & 0x3fU))};
      text += paint(terminal, cell.curve == kShade ? Color::red : kColors.at(cell.curve % kColors.size()), braille);
    }
    return text;
  }

 private:
  [[nodiscard]] std::size_t index_of(int column, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column);
  }

  struct Cell {
    unsigned bits = 0;
    std::size_t curve = 0;
  };
  int columns_;
  int rows_;
  std::vector<Cell> cells_;
};

/// What lies between the highest so far and the curve, as loose dots: how deep the drawdown is, and how long.
void shade_drawdowns(Canvas& canvas, const Curve& curve, const Axes& axes) {
  const auto across = [&](const PlotPoint& point) {
    const double share = axes.time.position(static_cast<double>(point.time_us));
    return static_cast<int>(std::lround(share * (canvas.dots_across() - 1)));
  };
  const auto down = [&](double value) {
    return static_cast<int>(std::lround((1 - axes.value.position(value)) * (canvas.dots_down() - 1)));
  };
  double highest = curve.points().front().value;
  for (std::size_t i = 0; i < curve.points().size(); ++i) {
    const PlotPoint& point = curve.points()[i];
    highest = std::max(highest, point.value);
    const int end = i + 1 < curve.points().size() ? across(curve.points()[i + 1]) : across(point) + 1;
    for (int x = across(point); x < end && x < canvas.dots_across(); ++x) {
      for (int y = down(highest) + 2; y < down(point.value) - 1; ++y) {
        if (x % 2 == 0 && (x / 2 + y) % 2 == 0) canvas.set(x, y, kShade);
      }
    }
  }
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// Round values between low and high, about `count` of them: steps of 1, 2 or 5 times a power of ten.
std::vector<double> ticks(Range range, int count) {
  if (range.high <= range.low) return {range.low};
  const double rough = (range.high - range.low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> result;
  for (double k = std::ceil(range.low / step); k * step <= range.high; ++k) result.push_back(k * step);
  return result;
}

std::string amount(double value, double step) {
  const int digits = step >= 1 ? 0 : std::min(8, static_cast<int>(std::ceil(-std::log10(step))));
  // The value is a multiple of the step; "-0" is not.
  return grouped(fmt::format("{:.{}f}", value == 0 ? 0.0 : value, digits));
}

std::string moment(std::int64_t time_us, std::int64_t span_us) {
  const std::string text = format_time(Time{time_us});
  return span_us < 2 * kMicrosecondsPerDay ? text.substr(0, 10) + " " + text.substr(11, 5) : text.substr(0, 10);
}

Axes axes_of(const std::vector<Curve>& curves) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Axes axes{{kInfinity, -kInfinity}, {kInfinity, -kInfinity}};
  for (const Curve& curve : curves) {
    for (const PlotPoint& point : curve.points()) {
      const auto time = static_cast<double>(point.time_us);
      axes.time = {std::min(axes.time.low, time), std::max(axes.time.high, time)};
      axes.value = {std::min(axes.value.low, point.value), std::max(axes.value.high, point.value)};
    }
  }
  return axes;
}

void draw(Canvas& canvas, const Curve& curve, std::size_t index, const Axes& axes) {
  int last_x = -1;
  int last_y = -1;
  for (const PlotPoint& point : curve.points()) {
    const double across = axes.time.position(static_cast<double>(point.time_us));
    const double up = axes.value.position(point.value);
    const int x = static_cast<int>(std::lround(across * (canvas.dots_across() - 1)));
    const int y = static_cast<int>(std::lround((1 - up) * (canvas.dots_down() - 1)));
    canvas.line(last_x < 0 ? x : last_x, last_x < 0 ? y : last_y, x, y, index);
    last_x = x;
    last_y = y;
  }
}

std::string time_axis(const Axes& axes, std::size_t margin, int columns) {
  const auto from = static_cast<std::int64_t>(axes.time.low);
  const auto to = static_cast<std::int64_t>(axes.time.high);
  const auto width = static_cast<std::size_t>(columns);
  std::string line(width, ' ');
  const auto place = [&](const std::string& label, std::size_t at) {
    if (at + label.size() <= line.size()) line.replace(at, label.size(), label);
  };
  const std::string first = moment(from, to - from);
  place(first, 0);
  if (to > from && width >= 2 * first.size() + 2) place(moment(to, to - from), width - first.size());
  if (to > from && width >= 4 * first.size())
    place(moment(from + (to - from) / 2, to - from), (width - first.size()) / 2);
  return std::string(margin + 2, ' ') + trimmed(line) + "\n";
}

std::string legend(const std::vector<Curve>& curves, const Terminal& terminal) {
  std::string text;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (curves[i].points().empty()) continue;
    text += "  " + paint(terminal, kColors.at(i % kColors.size()), "⣿ " + curves[i].name()) + "  " +
            grouped(fmt::format("{:.2f}", curves[i].last().value)) + "\n";
  }
  return text;
}

}  // namespace

void Curve::add(PlotPoint point) {
  points_.push_back(point);
  if (points_.size() >= kPointsMax) thin_out();
}

void Curve::thin_out() {
  std::vector<PlotPoint> kept;
  kept.reserve(kPointsMax);
  // The last four stay, so that the curve ends where it ends.
  const std::size_t end = (points_.size() - 4) / 4 * 4;
  for (std::size_t i = 0; i < end; i += 4) {
    const auto first = points_.begin() + static_cast<std::ptrdiff_t>(i);
    const auto [low, high] =
        std::minmax_element(first, first + 4, [](const PlotPoint& a, const PlotPoint& b) { return a.value < b.value; });
    kept.push_back(std::min(low, high)[0]);
    kept.push_back(std::max(low, high)[0]);
  }
  kept.insert(kept.end(), points_.begin() + static_cast<std::ptrdiff_t>(end), points_.end());
  points_ = std::move(kept);
}

std::string render_plot(const std::vector<Curve>& curves, int width, int height, const Terminal& terminal) {
  const bool empty =
      std::all_of(curves.begin(), curves.end(), [](const Curve& curve) { return curve.points().empty(); });
  if (empty) return {};
  const Axes axes = axes_of(curves);
  const bool several = curves.size() > 1;
  const int rows = std::max(4, height - 2 - (several ? static_cast<int>(curves.size()) : 0));

  const std::vector<double> values = ticks(axes.value, std::max(2, rows / 4));
  const double step = values.size() > 1 ? values[1] - values[0] : 0.01;
  std::vector<std::string> labels(static_cast<std::size_t>(rows));
  std::size_t margin = 0;
  for (const double value : values) {
    // The row of the dot that the value is drawn as.
    const auto row = std::lround((1 - axes.value.position(value)) * (rows * kDotsDown - 1)) / kDotsDown;
    labels.at(static_cast<std::size_t>(row)) = amount(value, step);
    margin = std::max(margin, labels.at(static_cast<std::size_t>(row)).size());
  }

  const int columns = std::max(10, width - static_cast<int>(margin) - 2);
  Canvas canvas(columns, rows);
  if (!several) shade_drawdowns(canvas, curves.front(), axes);
  for (std::size_t i = 0; i < curves.size(); ++i) draw(canvas, curves[i], i, axes);

  std::string text;
  for (int row = 0; row < rows; ++row) {
    const std::string& label = labels.at(static_cast<std::size_t>(row));
    text += trimmed(std::string(margin - label.size(), ' ') + label + (label.empty() ? " │" : " ┤") +
                    canvas.row(row, terminal)) +
            "\n";
  }
  text += std::string(margin + 1, ' ') + "└";
  for (int column = 0; column < columns; ++column) text += "─";
  return text + "\n" + time_axis(axes, margin, columns) + (several ? legend(curves, terminal) : "");
}

}  // namespace tradingd::ctl
