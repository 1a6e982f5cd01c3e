#include "autograd/ops/activation.h"

#include "tensor/ops/activation.h"

namespace lectern {

Variable relu(const Variable& x) {
  const Tensor y = relu(x.value());
  return record("relu", y, {x},
                [y](const Tensor& dy) -> Gradients { return {relu_backward(y, dy)}; });
}

Variable gelu(const Variable& x) {
  return record("gelu", gelu(x.value()), {x},
                [x = x.value()](const Tensor& dy) -> Gradients { return {gelu_backward(x, dy)}; });
}

}  // namespace lectern
