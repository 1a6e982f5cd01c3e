#include "autograd/ops/dropout.h"

#include "autograd/by_definition.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
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
  if (runs_by_definition()) return add(residual, dropout(x, probability, key, where), where);
  return record(
      "dropout_add", dropout_add(x.value(), residual.value(), probability, key, where),
      {x, residual},
      [probability, key](const Tensor& dy) -> Gradients {
        return {dropout(dy, probability, key), dy};
      },
      where);
}

Variable relu_dropout(const Variable& x, double probability, RandomKey key, Where where) {
  if (runs_by_definition()) return dropout(relu(x, where), probability, key, where);
  const Tensor y = relu_dropout(x.value(), probability, key, where);
  return record(
      "relu_dropout", y, {x},
      [y, probability](const Tensor& dy) -> Gradients {
        return {relu_dropout_backward(y, dy, probability)};
      },
      where);
}

}  // namespace lectern
