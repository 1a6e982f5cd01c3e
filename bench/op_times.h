#pragma once

#include <functional>
#include <map>
#include <string>

#include "autograd/variable.h"

namespace lectern {

/// Where the time of a training step goes, op by op.
///
/// Each span between two events is booked on the op that ended it: what happens between ops, on the one
/// that follows.
class OpTimes : public OpWatcher {
 public:
  explicit OpTimes(std::function<double()> clock) : clock_(std::move(clock)), last_(clock_()) {}

  void after_forward(const Record& op) override { book(op.name, &Spans::forward); }
  void after_backward(const Record& op) override { book(op.name, &Spans::backward); }
  /// Books the time since the last event on a part of the step that is no op.
  void after(const std::string& part) { book(part, &Spans::forward); }

  /// One line an op, the costliest first, in milliseconds a step.
  void print(int steps) const;

 private:
  struct Spans {
    double forward = 0, backward = 0;
    int calls = 0;
  };

  void book(const std::string& name, double Spans::*direction) {
    const double now = clock_();
    Spans& spans = by_name_[name];
    spans.*direction += now - last_;
    spans.calls += direction == &Spans::forward;
    last_ = now;
  }

  std::function<double()> clock_;
  double last_;
  std::map<std::string, Spans> by_name_;
};

}  // namespace lectern
