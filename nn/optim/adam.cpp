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

void Adam::complete(StepNumbers& numbers) const {
  const auto t = static_cast<double>(steps_taken_);
  numbers.correction1 = 1.0 - std::pow(options_.beta1, t);
  numbers.correction2 = std::sqrt(1.0 - std::pow(options_.beta2, t));
}

void Adam::update_parameters() {
  std::vector<AdamParameter> changing;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Variable& parameter = parameters_[i].variable;
    if (!parameter.has_gradient()) continue;
    changing.push_back({.weight = parameter.mutable_value(),
                        .gradient = parameter.gradient(),
                        .first_moment = moments_[i].first,
                        .second_moment = moments_[i].second,
                        .decays = options_.decay_vectors || parameter.value().rank() > 1});
  }
  adam_update(std::move(changing),
              {.beta1 = options_.beta1,
               .beta2 = options_.beta2,
               .epsilon = options_.epsilon,
               .weight_decay = options_.weight_decay,
               .decoupled_weight_decay = options_.decoupled_weight_decay},
              numbers_);
}

void Adam::visit_state(const StateVisitor& visitor) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    visitor("optimizer.first_moment." + parameters_[i].name, moments_[i].first);
    visitor("optimizer.second_moment." + parameters_[i].name, moments_[i].second);
  }
}

}  // namespace lectern
