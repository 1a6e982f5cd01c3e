#include "nn/optim/adam.h"

#include <cmath>

#include "tensor/ops/adam.h"

namespace lectern {

Adam::Adam(std::vector<NamedParameter> parameters, const Options& options)
    : Optimizer(std::move(parameters)), options_(options) {
  for (const NamedParameter& parameter : parameters_) {
    const Tensor& weight = parameter.variable.value();
    moments_.push_back({zeros_like(weight), zeros_like(weight)});
  }
}

void Adam::step(const Update& update) {
  ++steps_taken_;
  AdamCoefficients coefficients{
      .learning_rate = update.learning_rate,
      .beta1 = options_.beta1,
      .beta2 = options_.beta2,
      .epsilon = options_.epsilon,
      .decoupled_weight_decay = options_.decoupled_weight_decay,
      .correction1 = 1.0 - std::pow(options_.beta1, static_cast<double>(steps_taken_)),
      .correction2 = 1.0 - std::pow(options_.beta2, static_cast<double>(steps_taken_)),
      .gradient_scale = update.gradient_scale,
  };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Variable& parameter = parameters_[i].variable;
    if (!parameter.gradient().defined()) continue;
    const bool decays = options_.decay_vectors || parameter.value().rank() > 1;
    coefficients.weight_decay = decays ? options_.weight_decay : 0.0;
    adam_update(parameter.mutable_value(), parameter.gradient(), moments_[i].first,
                moments_[i].second, coefficients);
  }
}

void Adam::visit_state(const StateVisitor& visitor) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    visitor("optimizer.first_moment." + parameters_[i].name, moments_[i].first);
    visitor("optimizer.second_moment." + parameters_[i].name, moments_[i].second);
  }
}

}  // namespace lectern
