#pragma once

#include "tasks/report/charts.h"

namespace lectern {

// Not for use outside this folder.

struct Point {
  double x, y;
};

/// The axes of a chart, and the room between them.
class PlotFrame {
 public:
  /// What surrounds the frame, in drawing units.
  struct Room {
    double above = 0;  ///< beside the title
    double right = 0;
  };

  PlotFrame(const ChartOptions& options, Ruler x, Ruler y) : options_(options), x_(x), y_(y) {}

  void place(Room room);

  /// Whether the point has a place: finite, and positive on a logarithmic axis.
  bool has(double x, double y) const { return x_.has(x) && y_.has(y); }
  Point at(double x, double y) const { return {x_.at(x), y_.at(y)}; }

  double left() const { return left_; }
  double top() const { return top_; }
  double right() const { return right_; }
  double bottom() const { return bottom_; }
  const Ruler& x() const { return x_; }
  const Ruler& y() const { return y_; }

  /// The title, the axes, their ticks and labels.
  std::string draw() const;

 private:
  const ChartOptions& options_;
  Ruler x_, y_;
  double left_ = 0, top_ = 0, right_ = 0, bottom_ = 0;
};

}  // namespace lectern
