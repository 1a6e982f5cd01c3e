#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <vector>

#include "autograd/variable.h"

namespace lectern {

/// While one is alive, tells in backward() when the gradient of a leaf is complete: the tape, as it
/// was recorded meanwhile, has no op left that adds to it. (PyTorch:
/// `register_post_accumulate_grad_hook`.)
///
///     const CompleteGradients watch(weights, [&](std::size_t i) { send(weights[i].gradient()); });
///     backward(loss(x));
///
/// A leaf that is also read by what an op records and differentiates on the way back (recompute,
/// in_chunks, reversible_stack) is never told of once that has been seen: only the op knows whether
/// it comes back to it. If it is told of before, more is added to its gradient later.
/// Cost: a look at every op's inputs, twice.
class CompleteGradients : public OpWatcher {
 public:
  /// \param leaves    parameters
  /// \param complete  is called with the place in `leaves`, at most once each
  /// \param each_op   is called whenever an op's derivative rule has run
  CompleteGradients(const std::vector<Variable>& leaves, std::function<void(std::size_t)> complete,
                    std::function<void()> each_op = nullptr);

  /// Whether no op has read it on the way back.
  bool is_sure_of(std::size_t place) const { return !leaves_.at(places_[place]).inside; }

  void after_forward(const Record& op) override;
  void before_backward(const Record& op, const Tensor& d_output) override;
  void after_backward(const Record& op) override;

 private:
  struct Leaf {
    std::size_t place;
    int uses = 0;         // by ops of the tape that have not gone back yet
    bool inside = false;  // read by what an op has recorded on the way back
    bool told = false;
  };
  /// Calls `action(leaf)` for every input that is one, as often as it is an input.
  template <class Action>
  void for_leaves_of(const Record& op, const Action& action);

  std::vector<const void*> places_;               // Variable::identity of every leaf
  std::unordered_map<const void*, Leaf> leaves_;  // by that
  std::function<void(std::size_t)> complete_;
  std::function<void()> each_op_;
  int depth_ = 0;  // of ops that are going back, one within the other
};

}  // namespace lectern
