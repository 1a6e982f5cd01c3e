#pragma once

#include "nn/module.h"

namespace lectern {

/// In training, sets each element to zero with a probability p and multiplies the others by
/// 1/(1−p), so that the expected value stays (Srivastava et al. 2014). In evaluation, does nothing.
///
/// The mask is a function of (seed, step, site, element): the backward pass draws it again instead
/// of storing it.
class Dropout : public Module {
 public:
  explicit Dropout(double probability);

  Variable operator()(const Variable& x) const;
  /// residual + dropout(x), in one pass over memory.
  Variable add_to(const Variable& residual, const Variable& x) const;
  /// dropout(max(0, x)), in one pass over memory.
  Variable relu(const Variable& x) const;

  /// This layer for a part of its tensor, which begins at `element`, a multiple of 4: the whole
  /// tensor's mask, from there on.
  Dropout from(std::int64_t element) const;

  /// What a fused op needs to draw this layer's mask itself; 0 in evaluation.
  double probability() const { return mode_.training ? probability_ : 0.0; }
  RandomKey key() const { return mode_.key; }

  void visit(Visitor&) override {}
  void set_mode(const Mode& mode) override { mode_ = mode; }

 private:
  double probability_;
  Mode mode_;
};

}  // namespace lectern
