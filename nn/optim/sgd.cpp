#include "nn/optim/sgd.h"

#include "tensor/ops/sgd.h"

namespace lectern {

Sgd::Sgd(std::vector<NamedParameter> parameters, const Options& options)
    : Optimizer(std::move(parameters)), options_(options) {
  for (const NamedParameter& parameter : parameters_)
    velocities_.push_back(zeros_like(parameter.variable.value()));
}

void Sgd::step(const Update& update) {
  ++steps_taken_;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Variable& parameter = parameters_[i].variable;
    if (!parameter.gradient().defined()) continue;
    sgd_update(parameter.mutable_value(), parameter.gradient(), velocities_[i],
               {.learning_rate = update.learning_rate,
                .momentum = options_.momentum,
                .weight_decay = parameter.value().rank() > 1 ? options_.weight_decay : 0.0,
                .gradient_scale = update.gradient_scale});
  }
}

void Sgd::visit_state(const StateVisitor& visitor) {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    visitor("optimizer.velocity." + parameters_[i].name, velocities_[i]);
}

}  // namespace lectern
