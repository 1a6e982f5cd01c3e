#include "nn/optim/optimizer.h"

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

void Optimizer::zero_gradients() {
  for (NamedParameter& parameter : parameters_) parameter.variable.zero_gradient();
}

}  // namespace lectern
