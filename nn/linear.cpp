#include "nn/linear.h"

#include "autograd/ops/matmul.h"

namespace lectern {

Linear::Linear(std::int64_t in, std::int64_t out, Initializer& init)
    : weight_(Variable::parameter(init.xavier_uniform(in, out))),
      bias_(Variable::parameter(init.constant({out}, 0.0))) {}

Variable Linear::operator()(const Variable& x, Where where) const {
  if (packed_.defined())
    return Variable(matmul(x.value(), packed_, {.bias = bias_.value()}, where));
  return linear(x, weight_, bias_, {}, where);
}

void Linear::set_mode(const Mode& mode) {
  packed_ = mode.inference ? pack(weight_.value()) : PackedMatrix{};
}

void Linear::visit(Visitor& visitor) {
  visitor("weight", weight_);
  visitor("bias", bias_);
}

}  // namespace lectern
