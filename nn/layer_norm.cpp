#include "nn/layer_norm.h"

#include "autograd/ops/layer_norm.h"

namespace lectern {

LayerNorm::LayerNorm(std::int64_t d_model, Initializer& init)
    : weight_(Variable::parameter(init.constant({d_model}, 1.0))),
      bias_(Variable::parameter(init.constant({d_model}, 0.0))) {}

Variable LayerNorm::operator()(const Variable& x) const { return layer_norm(x, weight_, bias_, 1e-5); }

void LayerNorm::visit(Visitor& visitor) {
  visitor("weight", weight_);
  visitor("bias", bias_);
}

}  // namespace lectern
