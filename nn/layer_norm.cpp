#include "nn/layer_norm.h"

#include "autograd/ops/layer_norm.h"

namespace lectern {

LayerNorm::LayerNorm(std::int64_t d_model, Initializer& init, double epsilon)
    : weight_(Variable::parameter(init.constant({d_model}, 1.0))),
      bias_(Variable::parameter(init.constant({d_model}, 0.0))),
      epsilon_(epsilon) {}

Variable LayerNorm::operator()(const Variable& x, Where where) const {
  return layer_norm(x, weight_, bias_, epsilon_, where);
}

Variable LayerNorm::of_sum(const Variable& residual, const Dropout& dropout, const Variable& x,
                           Where where) const {
  return dropout_add_layer_norm(
      x, residual, weight_, bias_,
      {.probability = dropout.probability(), .key = dropout.key(), .epsilon = epsilon_}, where);
}

void LayerNorm::visit(Visitor& visitor) {
  visitor("weight", weight_);
  visitor("bias", bias_);
}

}  // namespace lectern
