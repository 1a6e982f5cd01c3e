#pragma once

#include <vector>

#include "nn/module.h"
#include "reversible/stack.h"

namespace lectern {

/// How far a reversible stack gets from its own activations when it calculates them backwards.
struct DriftReport {
  /// After undoing i + 1 functions: the larger of the two streams' errors, relative to x,
  /// \f$ \max(\lVert x_1' - x_1 \rVert, \lVert x_2' - x_2 \rVert) / \lVert x \rVert \f$.
  std::vector<double> by_depth;
  /// 1 − cos of the angle between the gradients of all inputs and parameters with recalculated and
  /// with stored activations, for one random derivative by the output.
  double gradient_disagreement = 0;
};

/// Runs the stack up and down, and forward and backward in both ways.
/// \param learned  the functions' parameters; their gradients are undefined afterwards
/// \param inputs   x1, x2 and what comes from outside
/// Cost: memory for the activations of every depth, as an ordinary network needs.
DriftReport measure_drift(const std::vector<StreamFunction>& functions,
                          const std::vector<Tensor>& inputs, std::vector<NamedParameter> learned,
                          StreamNumbers numbers = StreamNumbers::floating);

}  // namespace lectern
