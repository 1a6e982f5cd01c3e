#pragma once

#include <vector>

#include "autograd/variable.h"

namespace lectern {

/// The inputs of a record whose function brings parameters along: these learn even where no input
/// requires a gradient, so then one is made to.
inline std::vector<Variable> with_origin(std::vector<Variable> inputs) {
  for (const Variable& input : inputs)
    if (input.requires_gradient()) return inputs;
  if (!inputs.empty()) inputs[0] = Variable::parameter(inputs[0].value().outline());
  return inputs;
}

}  // namespace lectern
