#pragma once
// Curves in the terminal, drawn with braille characters. Floating point is fine here: it only places dots.

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/terminal.h"

namespace tradingd::ctl {

struct PlotPoint {
  std::int64_t time_us = 0;  // microseconds UTC
  double value = 0;
};

/// A curve of any length in bounded memory: of four neighbours it keeps the lowest and the highest when it
/// grows too long to be drawn anyway. Points come in order of time.
class Curve {
 public:
  explicit Curve(std::string name) : name_(std::move(name)) {}
  void add(PlotPoint point);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<PlotPoint>& points() const { return points_; }
  /// The last point added; meaningless while there is none.
  [[nodiscard]] const PlotPoint& last() const { return points_.back(); }

 private:
  void thin_out();

  std::string name_;
  std::vector<PlotPoint> points_;
};

/// The curves over common axes, with a legend if there are several; `width` × `height` characters in all, at
/// least. Nothing for curves without a point.
[[nodiscard]] std::string render_plot(const std::vector<Curve>& curves, int width, int height,
                                      const Terminal& terminal);

}  // namespace tradingd::ctl
