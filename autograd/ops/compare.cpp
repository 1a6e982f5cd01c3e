#include "autograd/ops/compare.h"

#include "tensor/ops/compare.h"

namespace lectern {

Variable maximum(const Variable& a, const VariableOperand& b, Where where) {
  const Variable other = b.beside(a);
  return record(
      "maximum", maximum(a.value(), other.value(), where), {a, other},
      [a = a.value(), b = other.value()](const Tensor& dy) -> Gradients {
        return {maximum_backward(a, b, dy), maximum_backward(b, a, dy)};
      },
      where);
}

Variable where(const Tensor& condition, const Variable& a, const Variable& b, Where line) {
  return record(
      "where", where(condition, a.value(), b.value(), line), {a, b},
      [condition, a = a.shape(), b = b.shape()](const Tensor& dy) -> Gradients {
        return {sum_to(keep_where(condition, dy), a), sum_to(keep_where_not(condition, dy), b)};
      },
      line);
}

}  // namespace lectern
