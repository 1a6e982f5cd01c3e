#pragma once

#include <functional>
#include <vector>

#include "autograd/variable.h"

namespace lectern {

/// A function of some Variables, and of the parameters that it brings along.
using RecomputedFunction = std::function<Variable(const std::vector<Variable>& inputs)>;

/// f(inputs) as one record that keeps nothing but the inputs and runs f again, with tape, in the
/// backward pass: activation checkpointing, for any layer.
///
///     x = recompute([&](const auto& in) { return layer(in[0], mask); }, {x});
///
/// For f the rules of a StreamFunction hold (reversible/residual_pair.h): it does the same both
/// times; Variables that need a gradient are parameters or come as inputs; what it captures lives
/// until the backward pass. Where a reversible stack keeps nothing at all, n layers that are
/// recomputed one by one keep n inputs.
/// Cost: one forward pass of f more; from forward to backward, the memory of the inputs.
/// Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost".
Variable recompute(const RecomputedFunction& f, const std::vector<Variable>& inputs);

}  // namespace lectern
