#include "autograd/complete_gradients.h"

namespace lectern {

CompleteGradients::CompleteGradients(const std::vector<Variable>& leaves,
                                     std::function<void(std::size_t)> complete,
                                     std::function<void()> each_op)
    : complete_(std::move(complete)), each_op_(std::move(each_op)) {
  for (const Variable& leaf : leaves) {
    leaves_[leaf.identity()] = {.place = places_.size()};
    places_.push_back(leaf.identity());
  }
}

template <class Action>
void CompleteGradients::for_leaves_of(const Record& op, const Action& action) {
  for (const Variable& input : op.inputs) {
    if (!input.defined() || input.made_by()) continue;
    const auto found = leaves_.find(input.identity());
    if (found != leaves_.end()) action(found->second);
  }
}

void CompleteGradients::after_forward(const Record& op) {
  for_leaves_of(op, [this](Leaf& leaf) {
    if (depth_ == 0)
      ++leaf.uses;
    else
      leaf.inside = true;
  });
}

void CompleteGradients::before_backward(const Record&, const Tensor&) { ++depth_; }

void CompleteGradients::after_backward(const Record& op) {
  --depth_;
  if (depth_ == 0) {
    for_leaves_of(op, [](Leaf& leaf) { --leaf.uses; });
    for_leaves_of(op, [this](Leaf& leaf) {
      if (leaf.uses > 0 || leaf.inside || leaf.told) return;
      leaf.told = true;
      complete_(leaf.place);
    });
  }
  if (each_op_) each_op_();
}

}  // namespace lectern
