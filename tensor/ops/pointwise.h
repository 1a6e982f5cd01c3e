#pragma once

#include "tensor/ops/formulas.h"
#include "tensor/tensor.h"

namespace lectern {

/// A formula applied to every number.
Tensor pointwise(const Formula& formula, const Tensor& x, Where where = Where::current());
/// The formula's derivative: dx(dy, kept) of every number.
/// \param kept  the input or the output of pointwise, whichever the formula keeps
Tensor pointwise_backward(const Formula& formula, const Tensor& kept, const Tensor& dy,
                          Where where = Where::current());

/// "silu"
const char* name_of(const Formula& formula);
Keeps kept_by(const Formula& formula);

/// \defgroup pointwise Functions of one number
/// Applied to every number of a tensor; what they are and their derivatives stand in formulas.h.
/// @{
inline Tensor exp(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Exp{}, x, where);
}
inline Tensor log(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Log{}, x, where);
}
inline Tensor sqrt(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Sqrt{}, x, where);
}
inline Tensor square(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Square{}, x, where);
}
/// \f$ x^p \f$; of a negative x, a number only where p is a whole number.
inline Tensor power(const Tensor& x, double exponent, Where where = Where::current()) {
  return pointwise(formulas::Power{exponent}, x, where);
}
inline Tensor absolute(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Absolute{}, x, where);
}
inline Tensor sin(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Sin{}, x, where);
}
inline Tensor cos(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Cos{}, x, where);
}
inline Tensor tanh(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Tanh{}, x, where);
}
inline Tensor sigmoid(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Sigmoid{}, x, where);
}
inline Tensor relu(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Relu{}, x, where);
}
inline Tensor gelu(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Gelu{}, x, where);
}
inline Tensor gelu_tanh(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::GeluTanh{}, x, where);
}
inline Tensor silu(const Tensor& x, Where where = Where::current()) {
  return pointwise(formulas::Silu{}, x, where);
}
/// @}

}  // namespace lectern
