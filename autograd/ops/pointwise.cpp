#include "autograd/ops/pointwise.h"

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/pointwise.h"

namespace lectern {

Variable exp(const Variable& x) {
  const Tensor y = exp(x.value());
  return record("exp", y, {x}, [y](const Tensor& dy) -> Gradients { return {multiply(dy, y)}; });
}

Variable log(const Variable& x) {
  return record("log", log(x.value()), {x},
                [x = x.value()](const Tensor& dy) -> Gradients { return {divide(dy, x)}; });
}

Variable sqrt(const Variable& x) {
  const Tensor y = sqrt(x.value());
  return record("sqrt", y, {x},
                [y](const Tensor& dy) -> Gradients { return {scale(divide(dy, y), 0.5)}; });
}

Variable tanh(const Variable& x) {
  const Tensor y = tanh(x.value());
  return record("tanh", y, {x},
                [y](const Tensor& dy) -> Gradients { return {tanh_backward(y, dy)}; });
}

Variable sigmoid(const Variable& x) {
  const Tensor y = sigmoid(x.value());
  return record("sigmoid", y, {x},
                [y](const Tensor& dy) -> Gradients { return {sigmoid_backward(y, dy)}; });
}

}  // namespace lectern
