#include "autograd/ops/reduce.h"

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/reduce.h"

namespace lectern {
namespace {

/// A tensor of `shape`, every number of which is `scalar`.
Tensor repeat(const Tensor& scalar, const Shape& shape) {
  return repeat_axis(scalar, 0, shape.size()).reshape(shape);
}

}  // namespace

Variable sum(const Variable& x) {
  return record("sum", sum(x.value()), {x},
                [shape = x.shape()](const Tensor& dy) -> Gradients { return {repeat(dy, shape)}; });
}

Variable mean(const Variable& x) {
  return record("mean", mean(x.value()), {x}, [shape = x.shape()](const Tensor& dy) -> Gradients {
    return {repeat(scale(dy, 1.0 / static_cast<double>(shape.size())), shape)};
  });
}

Variable sum_axis(const Variable& x, int axis) {
  const int summed = x.shape().resolve(axis);
  return record("sum_axis", sum_axis(x.value(), summed), {x},
                [summed, extent = x.dim(summed)](const Tensor& dy) -> Gradients {
                  return {repeat_axis(dy, summed, extent)};
                });
}

}  // namespace lectern
