#include "autograd/ops/dropout.h"

#include "tensor/ops/dropout.h"

namespace lectern {

Variable dropout(const Variable& x, double probability, RandomKey key, Where where) {
  if (probability == 0) return x;
  return record(
      "dropout", dropout(x.value(), probability, key, where), {x},
      [probability, key](const Tensor& dy) -> Gradients { return {dropout(dy, probability, key)}; },
      where);
}

Variable dropout_add(const Variable& x, const Variable& residual, double probability, RandomKey key,
                     Where where) {
  return record(
      "dropout_add", dropout_add(x.value(), residual.value(), probability, key, where),
      {x, residual},
      [probability, key](const Tensor& dy) -> Gradients {
        return {dropout(dy, probability, key), dy};
      },
      where);
}

Variable relu_dropout(const Variable& x, double probability, RandomKey key, Where where) {
  const Tensor y = relu_dropout(x.value(), probability, key, where);
  return record(
      "relu_dropout", y, {x},
      [y, probability](const Tensor& dy) -> Gradients {
        return {relu_dropout_backward(y, dy, probability)};
      },
      where);
}

}  // namespace lectern
