#include "autograd/ops/arithmetic.h"

#include "tensor/ops/arithmetic.h"

namespace lectern {

Variable add(const Variable& a, const Variable& b, Where where) {
  return record(
      "add", add(a.value(), b.value(), where), {a, b},
      [a_shape = a.shape(), b_shape = b.shape()](const Tensor& dy) -> Gradients {
        return {sum_to(dy, a_shape), sum_to(dy, b_shape)};
      },
      where);
}

Variable subtract(const Variable& a, const Variable& b, Where where) {
  return record(
      "subtract", subtract(a.value(), b.value(), where), {a, b},
      [a_shape = a.shape(), b_shape = b.shape(),
       needs_b = b.requires_gradient()](const Tensor& dy) -> Gradients {
        return {sum_to(dy, a_shape), needs_b ? scale(sum_to(dy, b_shape), -1) : Tensor()};
      },
      where);
}

Variable multiply(const Variable& a, const Variable& b, Where where) {
  return record(
      "multiply", multiply(a.value(), b.value(), where), {a, b},
      [x = a.value(), y = b.value(), needs_a = a.requires_gradient(),
       needs_b = b.requires_gradient()](const Tensor& dy) -> Gradients {
        return {needs_a ? sum_to(multiply(dy, y), x.shape()) : Tensor(),
                needs_b ? sum_to(multiply(dy, x), y.shape()) : Tensor()};
      },
      where);
}

Variable divide(const Variable& a, const Variable& b, Where where) {
  const Tensor quotient = divide(a.value(), b.value(), where);
  return record(
      "divide", quotient, {a, b},
      [quotient, b = b.value(), a_shape = a.shape(),
       needs_b = b.requires_gradient()](const Tensor& dy) -> Gradients {
        const Tensor da = divide(dy, b);
        const Tensor db = needs_b ? scale(multiply(da, quotient), -1) : Tensor();
        return {sum_to(da, a_shape), needs_b ? sum_to(db, b.shape()) : Tensor()};
      },
      where);
}

Variable scale(const Variable& x, double factor, Where where) {
  return record(
      "scale", scale(x.value(), factor, where), {x},
      [factor](const Tensor& dy) -> Gradients { return {scale(dy, factor)}; }, where);
}

Variable VariableOperand::beside(const Variable& other) const {
  if (variable.defined()) return variable;
  return Variable(full({}, number, other.value().dtype(), other.value().device()));
}

Variable operator+(const Variable& a, const VariableOperand& b) {
  return add(a, b.beside(a), b.where);
}
Variable operator-(const Variable& a, const VariableOperand& b) {
  return subtract(a, b.beside(a), b.where);
}
Variable operator*(const Variable& a, const VariableOperand& b) {
  return b.variable.defined() ? multiply(a, b.variable, b.where) : scale(a, b.number, b.where);
}
Variable operator/(const Variable& a, const VariableOperand& b) {
  return divide(a, b.beside(a), b.where);
}

Variable operator+(double a, const VariableOperand& b) {
  return add(VariableOperand(a).beside(b.variable), b.variable, b.where);
}
Variable operator-(double a, const VariableOperand& b) {
  return subtract(VariableOperand(a).beside(b.variable), b.variable, b.where);
}
Variable operator*(double a, const VariableOperand& b) { return scale(b.variable, a, b.where); }
Variable operator/(double a, const VariableOperand& b) {
  return divide(VariableOperand(a).beside(b.variable), b.variable, b.where);
}
Variable operator-(const Variable& x) { return negative(x); }

}  // namespace lectern
