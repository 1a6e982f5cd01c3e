#pragma once

#include "autograd/variable.h"
#include "tensor/ops/formulas.h"

namespace lectern {

/// A formula applied to every number, with its derivative; it keeps the input or the output, as the
/// formula says.
Variable pointwise(const Formula& formula, const Variable& x, Where where = Where::current());

// Functions of one number with derivatives; what they are stands in tensor/ops/formulas.h.

inline Variable exp(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Exp{}, x, where);
}
inline Variable log(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Log{}, x, where);
}
inline Variable sqrt(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Sqrt{}, x, where);
}
inline Variable square(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Square{}, x, where);
}
inline Variable power(const Variable& x, double exponent, Where where = Where::current()) {
  return pointwise(formulas::Power{exponent}, x, where);
}
inline Variable absolute(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Absolute{}, x, where);
}
inline Variable sin(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Sin{}, x, where);
}
inline Variable cos(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Cos{}, x, where);
}
inline Variable tanh(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Tanh{}, x, where);
}
inline Variable sigmoid(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Sigmoid{}, x, where);
}
inline Variable relu(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Relu{}, x, where);
}
inline Variable gelu(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Gelu{}, x, where);
}
inline Variable gelu_tanh(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::GeluTanh{}, x, where);
}
inline Variable silu(const Variable& x, Where where = Where::current()) {
  return pointwise(formulas::Silu{}, x, where);
}

}  // namespace lectern
