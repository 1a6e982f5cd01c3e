#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// \defgroup fixed_point Fixed-point numbers
/// Whole numbers of steps of 2⁻²⁰, about a millionth, in an i32: from −2048 to 2048. Addition wraps
/// around at the ends, so whatever was added can be subtracted again, bit for bit; with
/// floating-point numbers a rounding error stays. A stream of a reversible network can be kept in
/// them (reversible/stack.h).
///
/// \f[ \mathrm{fixed}(x) = \mathrm{round}(2^{20} x) \bmod 2^{32} \f]
///
/// Ties are rounded to the even step. The results are the same on every device. A NaN or an
/// infinity becomes some number: look for them before (DetectAnomaly).
/// @{
Tensor to_fixed_point(const Tensor& x);
/// \param fixed  i32
Tensor from_fixed_point(const Tensor& fixed, DType dtype);

/// `fixed` plus or minus x, which is rounded to whole steps first. Both have the same shape.
Tensor add_to_fixed_point(const Tensor& fixed, const Tensor& x);
Tensor subtract_from_fixed_point(const Tensor& fixed, const Tensor& x);
/// @}

}  // namespace lectern
