#include "nn/optim/optimizer.h"

#include <algorithm>
#include <set>

namespace lectern {

Optimizer::Optimizer(std::vector<NamedParameter> parameters) : parameters_(std::move(parameters)) {
  const Device device =
      parameters_.empty() ? default_device() : parameters_[0].variable.value().device();
  numbers_ = step_numbers({}, device);
}

void Optimizer::begin_step(const Update& update) {
  ++steps_taken_;
  StepNumbers known{.learning_rate = update.learning_rate, .gradient_scale = update.gradient_scale};
  complete(known);
  lectern::begin_step(numbers_, known);
}

void Optimizer::step(const Update& update, Where where) {
  check(
      std::any_of(parameters_.begin(), parameters_.end(),
                  [](const NamedParameter& p) { return p.variable.has_gradient(); }),
      [&] {
        return text("none of the ", parameters_.size(),
                    " parameters of this optimiser has a "
                    "gradient: call backward(loss) first, with a loss that depends on them");
      },
      where);
  begin_step(update);
  update_parameters();
}

void Optimizer::zero_gradients() {
  for (NamedParameter& parameter : parameters_) parameter.variable.zero_gradient();
}

namespace {

/// What a loss has a derivative by: the parameters at the ends of its tape.
std::vector<Variable> parameters_behind(const Variable& loss) {
  std::vector<Variable> found, to_visit{loss};
  std::set<const void*> seen;
  while (!to_visit.empty()) {
    const Variable variable = std::move(to_visit.back());
    to_visit.pop_back();
    if (!variable.requires_gradient()) continue;
    const void* origin = variable.made_by() ? variable.made_by().get() : variable.identity();
    if (!seen.insert(origin).second) continue;
    if (!variable.made_by()) {
      found.push_back(variable);
      continue;
    }
    for (const Variable& input : variable.made_by()->inputs) to_visit.push_back(input);
  }
  return found;
}

/// Fails where the loss depends on a parameter that the optimiser does not change.
void expect_all_known(const Variable& loss, const Optimizer& optimizer, Where where) {
  const std::vector<NamedParameter>& known = optimizer.parameters();
  for (const Variable& parameter : parameters_behind(loss))
    check(
        std::any_of(known.begin(), known.end(),
                    [&](const NamedParameter& p) { return p.variable.is_same(parameter); }),
        [&] {
          return text("the loss depends on a parameter ", parameter.shape(),
                      " that the optimiser does not change: is a part missing in a visit()? What "
                      "shall stay as it is, detach()");
        },
        where);
}

}  // namespace

void minimise(const Variable& loss, Optimizer& optimizer, double learning_rate, Where where) {
  expect_all_known(loss, optimizer, where);
  optimizer.zero_gradients();
  backward(loss, {}, where);
  optimizer.step({.learning_rate = learning_rate}, where);
}

}  // namespace lectern
