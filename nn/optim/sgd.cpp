#include "nn/optim/sgd.h"

#include "tensor/ops/sgd.h"

namespace lectern {

Sgd::Sgd(std::vector<NamedParameter> parameters, const Options& options)
    : Optimizer(std::move(parameters)), options_(options) {
  for (const NamedParameter& parameter : parameters_)
    velocities_.push_back(zeros_like(parameter.variable.value()));
}

void Sgd::update_parameters() {
  std::vector<SgdParameter> changing;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Variable& parameter = parameters_[i].variable;
    if (!parameter.has_gradient()) continue;
    changing.push_back({.weight = parameter.mutable_value(),
                        .gradient = parameter.gradient(),
                        .velocity = velocities_[i],
                        .decays = parameter.value().rank() > 1});
  }
  sgd_update(std::move(changing),
             {.momentum = options_.momentum, .weight_decay = options_.weight_decay}, numbers_);
}

void Sgd::visit_state(const StateVisitor& visitor) {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    visitor("optimizer.velocity." + parameters_[i].name, velocities_[i]);
}

}  // namespace lectern
