#include "autograd/ops/arithmetic.h"

#include "tensor/ops/arithmetic.h"

namespace lectern {

Variable add(const Variable& a, const Variable& b) {
  return record("add", add(a.value(), b.value()), {a, b},
                [a_shape = a.shape(), b_shape = b.shape()](const Tensor& dy) -> Gradients {
                  return {sum_to(dy, a_shape), sum_to(dy, b_shape)};
                });
}

Variable subtract(const Variable& a, const Variable& b) {
  return record("subtract", subtract(a.value(), b.value()), {a, b},
                [a_shape = a.shape(), b_shape = b.shape(),
                 needs_b = b.requires_gradient()](const Tensor& dy) -> Gradients {
                  return {sum_to(dy, a_shape), needs_b ? scale(sum_to(dy, b_shape), -1) : Tensor()};
                });
}

Variable multiply(const Variable& a, const Variable& b) {
  return record("multiply", multiply(a.value(), b.value()), {a, b},
                [x = a.value(), y = b.value(), needs_a = a.requires_gradient(),
                 needs_b = b.requires_gradient()](const Tensor& dy) -> Gradients {
                  return {needs_a ? sum_to(multiply(dy, y), x.shape()) : Tensor(),
                          needs_b ? sum_to(multiply(dy, x), y.shape()) : Tensor()};
                });
}

Variable divide(const Variable& a, const Variable& b) {
  const Tensor quotient = divide(a.value(), b.value());
  return record("divide", quotient, {a, b},
                [quotient, b = b.value(), a_shape = a.shape(),
                 needs_b = b.requires_gradient()](const Tensor& dy) -> Gradients {
                  const Tensor da = divide(dy, b);
                  const Tensor db = needs_b ? scale(multiply(da, quotient), -1) : Tensor();
                  return {sum_to(da, a_shape), needs_b ? sum_to(db, b.shape()) : Tensor()};
                });
}

Variable scale(const Variable& x, double factor) {
  return record("scale", scale(x.value(), factor), {x},
                [factor](const Tensor& dy) -> Gradients { return {scale(dy, factor)}; });
}

}  // namespace lectern
