#include "tasks/report/ruler.h"

#include <algorithm>
#include <cmath>

#include "tasks/report/markup.h"

namespace lectern {

double nice_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (step <= factor * power * (1 + 1e-9)) return factor * power;
  return 10 * power;
}

Ruler::Ruler(const Axis& axis, Ends ends, const std::vector<double>& values, int tick_target)
    : scale_(axis.scale) {
  bool first = true;
  for (const double value : values) {
    if (!has(value)) continue;
    low_ = first ? value : std::min(low_, value);
    high_ = first ? value : std::max(high_, value);
    first = false;
  }
  if (axis.ticks.size() >= 2) {
    ticks_ = axis.ticks;
    low_ = first ? ticks_.front() : std::min(low_, ticks_.front());
    high_ = first ? ticks_.back() : std::max(high_, ticks_.back());
    return;
  }
  if (scale_ == AxisScale::log) {
    if (first) low_ = 0.1;
    make_log_ticks();
  } else {
    if (scale_ == AxisScale::from_zero) low_ = std::min(low_, 0.0), high_ = std::max(high_, 0.0);
    make_linear_ticks(tick_target);
  }
  settle(ends);
}

void Ruler::settle(Ends ends) {
  if (ends == Ends::values) {
    const double room = 1e-9 * (high_ - low_);
    std::vector<double> inside;
    for (const double tick : ticks_)
      if (tick >= low_ - room && tick <= high_ + room) inside.push_back(tick);
    if (inside.size() >= 2) {
      ticks_ = inside;
      return;
    }
  }
  low_ = ticks_.front();
  high_ = ticks_.back();
}

bool Ruler::has(double value) const {
  return std::isfinite(value) && (scale_ != AxisScale::log || value > 0);
}

double Ruler::at(double value) const {
  const double part = scale_ == AxisScale::log
                          ? (std::log(value) - std::log(low_)) / (std::log(high_) - std::log(low_))
                          : (value - low_) / (high_ - low_);
  return span_.first + part * (span_.last - span_.first);
}

void Ruler::make_linear_ticks(int target) {
  if (high_ - low_ <= 1e-12 * std::max(std::abs(low_), std::abs(high_))) {
    const double room = low_ == 0 ? 1 : std::abs(low_) / 2;
    if (scale_ != AxisScale::from_zero) low_ -= room;
    high_ += room;
  }
  const double step = nice_step((high_ - low_) / target);
  const double first = std::floor(low_ / step + 1e-9), last = std::ceil(high_ / step - 1e-9);
  for (double i = first; i <= last; ++i) ticks_.push_back(i * step);
}

void Ruler::make_log_ticks() {
  const bool few_decades = high_ / low_ < 1e3;
  const double first = std::floor(std::log10(low_)), last = std::ceil(std::log10(high_) + 1e-9);
  std::vector<double> all;
  for (double decade = first; decade <= last; ++decade)
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor == 1 || few_decades) all.push_back(factor * std::pow(10.0, decade));
  // Keep one tick outside the values at each end.
  auto begin = std::upper_bound(all.begin(), all.end(), low_ * (1 + 1e-9));
  if (begin != all.begin()) --begin;
  auto end = std::lower_bound(all.begin(), all.end(), high_ * (1 - 1e-9));
  if (end != all.end()) ++end;
  if (end - begin < 2) end = std::min(begin + 2, all.end());
  ticks_.assign(begin, end);
}

std::vector<std::string> Ruler::labels() const {
  std::vector<std::string> labels;
  for (const double tick : ticks_) labels.push_back(readable(tick, 6));
  return labels;
}

}  // namespace lectern
