#include "autograd/ops/pointwise.h"

#include "tensor/ops/pointwise.h"

namespace lectern {

Variable pointwise(const Formula& formula, const Variable& x, Where where) {
  const Tensor y = pointwise(formula, x.value(), where);
  const Tensor kept = kept_by(formula) == Keeps::input ? x.value() : y;
  return record(
      name_of(formula), y, {x},
      [formula, kept](const Tensor& dy) -> Gradients {
        return {pointwise_backward(formula, kept, dy)};
      },
      where);
}

}  // namespace lectern
