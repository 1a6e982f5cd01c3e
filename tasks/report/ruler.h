#pragma once

#include <string>
#include <vector>

namespace lectern {

enum class AxisScale {
  linear,     ///< from the smallest to the largest value
  from_zero,  ///< linear, and zero is on the axis
  log,        ///< powers of ten at equal distances; values ≤ 0 are left out
};

struct Axis {
  std::string label{};
  AxisScale scale = AxisScale::linear;
  std::vector<double> ticks{};  ///< which values are written beside it; empty: round ones
};

/// The smallest of 1, 2, 5, 10 times a power of ten that is not below `step`, which is positive.
double nice_step(double step);

/// What lies at the two ends of an axis.
enum class Ends {
  ticks,   ///< the nearest tick outside the values
  values,  ///< the smallest and the largest value; the ticks lie between
};

/// Where values lie on an axis of a chart, and which of them are written beside it.
///
/// The linear ticks are multiples of 1, 2 or 5 times a power of ten (P. Heckbert, "Nice numbers for
/// graph labels", Graphics Gems, 1990); the logarithmic ones are powers of ten, with their 2 and 5
/// folds when fewer than three decades are shown.
class Ruler {
 public:
  /// The positions, in drawing units, of the axis's two ends.
  struct Span {
    double first, last;
  };

  /// \param values        what must fit; NaN and Inf are ignored
  /// \param tick_target   about how many ticks to make, where the axis does not name its own
  Ruler(const Axis& axis, Ends ends, const std::vector<double>& values, int tick_target);

  /// Lays the axis between two positions.
  void place(Span span) { span_ = span; }

  /// The position of `value`.
  double at(double value) const;
  /// Whether `value` has a position: finite, and positive on a logarithmic axis.
  bool has(double value) const;

  const std::vector<double>& ticks() const { return ticks_; }
  /// The ticks as they are written, all alike in style.
  std::vector<std::string> labels() const;

 private:
  void make_linear_ticks(int target);
  void make_log_ticks();
  void settle(Ends ends);

  AxisScale scale_;
  double low_ = 0, high_ = 1;
  Span span_{0, 1};
  std::vector<double> ticks_;
};

}  // namespace lectern
