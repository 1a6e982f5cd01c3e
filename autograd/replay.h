#pragma once

#include <functional>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// What a function decided when it ran first, for when it runs again in the backward pass: a layer
/// of reversible/ or a recompute() forgets its inside and calculates it anew, from inputs that may
/// have drifted by a rounding error. Numbers forgive that; a choice does not. A token that falls
/// into another bucket the second time gives the gradient of another function. So a choice is
/// written down once:
///
///     const Tensor buckets = decide_once([&] { return hash(queries); });
///
/// Outside of such a layer this is `hash(queries)`. Random numbers need none of it: they are
/// functions of a key.
/// Cost: the decisions' memory, from the forward pass to the backward pass.
/// Source: trax, the authors' own Reformer, keeps the hashes of LSH attention for this reason.
Tensor decide_once(const std::function<Tensor()>& decide);

/// While one is alive in this thread, decide_once writes to `decisions`, or, where there were some
/// from the beginning, repeats them in their order. Of several, the latest one listens; what it
/// does not know yet it asks the one before.
class DecisionScope {
 public:
  explicit DecisionScope(std::vector<Tensor>& decisions);
  ~DecisionScope();
  DecisionScope(const DecisionScope&) = delete;
  DecisionScope& operator=(const DecisionScope&) = delete;

 private:
  friend Tensor decide_once(const std::function<Tensor()>& decide);
  Tensor decision(const std::function<Tensor()>& decide);

  std::vector<Tensor>& decisions_;
  bool repeats_;
  std::size_t next_ = 0;
  DecisionScope* before_;
};

}  // namespace lectern
