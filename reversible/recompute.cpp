#include "reversible/recompute.h"

#include <memory>

#include "autograd/by_definition.h"
#include "autograd/replay.h"
#include "reversible/origin.h"

namespace lectern {
namespace {

/// The same numbers as leaves of a tape of their own.
std::vector<Variable> leaves(const std::vector<Tensor>& values, const std::vector<bool>& needed) {
  std::vector<Variable> result;
  for (std::size_t i = 0; i < values.size(); ++i)
    result.push_back(needed[i] ? Variable::parameter(values[i]) : Variable(values[i]));
  return result;
}

}  // namespace

Variable recompute(const RecomputedFunction& f, const std::vector<Variable>& inputs) {
  if (runs_by_definition()) return f(inputs);
  std::vector<Tensor> values;
  std::vector<bool> needed;
  for (const Variable& input : inputs) {
    values.push_back(input.value());
    needed.push_back(input.requires_gradient());
  }
  const auto decisions = std::make_shared<std::vector<Tensor>>();
  const auto run = [f, decisions](const std::vector<Variable>& in) {
    const DecisionScope scope(*decisions);
    return f(in);
  };
  const auto forward = [&] {
    const NoGradient no_gradient;
    return run(leaves(values, needed)).value();
  };
  const auto rule = [run, values, needed](const Tensor& d_output) {
    check(
        recording(),
        "cannot go back through recompute while a NoGradient is in force: on the way back "
        "the function is calculated once more, on a tape; call backward() outside the NoGradient");
    const std::vector<Variable> in = leaves(values, needed);
    const Variable output = run(in);
    if (output.requires_gradient()) backward(output, d_output);
    Gradients gradients;
    for (const Variable& leaf : in)
      gradients.push_back(leaf.has_gradient() ? leaf.gradient() : Tensor());
    return gradients;
  };
  return record("recompute", forward(), with_origin(inputs), rule);
}

}  // namespace lectern
