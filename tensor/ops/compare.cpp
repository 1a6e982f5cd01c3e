#include "tensor/ops/compare.h"

#include "tensor/ops/arithmetic_kernels.h"

namespace lectern {

Tensor maximum(const Tensor& a, const Operand& b, Where where) {
  return combine("maximum", Maximum{}, a, b.beside(a), where);
}

Tensor maximum_backward(const Tensor& a, const Tensor& b, const Tensor& dy) {
  const Tensor share = combine("maximum", ShareOfLarger{}, a, b, Where::current());
  return sum_to(multiply(share, dy), a.shape());
}

Tensor greater(const Tensor& a, const Operand& b, Where where) {
  return combine("greater", IsGreater{}, a, b.beside(a), where);
}

Tensor equal(const Tensor& a, const Operand& b, Where where) {
  return combine("equal", IsEqual{}, a, b.beside(a), where);
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b, Where line) {
  return add(keep_where(condition, a, line), keep_where_not(condition, b, line), line);
}

Tensor keep_where(const Tensor& condition, const Tensor& x, Where line) {
  return combine("where", KeepWhere{}, condition, x, line);
}

Tensor keep_where_not(const Tensor& condition, const Tensor& x, Where line) {
  return combine("where", KeepWhereNot{}, condition, x, line);
}

}  // namespace lectern
