#include "autograd/replay.h"

#include <utility>

namespace lectern {
namespace {

thread_local DecisionScope* innermost = nullptr;

}  // namespace

DecisionScope::DecisionScope(std::vector<Tensor>& decisions)
    : decisions_(decisions),
      repeats_(!decisions.empty()),
      before_(std::exchange(innermost, this)) {}

DecisionScope::~DecisionScope() { innermost = before_; }

Tensor DecisionScope::decision(const std::function<Tensor()>& decide) {
  if (repeats_) {
    check(next_ < decisions_.size(), [&] {
      return text("a function that runs again decides more than the ", decisions_.size(),
                  " times of its first run; it must do the same both times");
    });
    return decisions_[next_++];
  }
  decisions_.push_back(before_ ? before_->decision(decide) : decide());
  return decisions_.back();
}

Tensor decide_once(const std::function<Tensor()>& decide) {
  return innermost ? innermost->decision(decide) : decide();
}

}  // namespace lectern
