#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// The same numbers in another dtype: rounded to nearest, or, to i32, towards zero. The gradient is
/// cast back. Returns `x` itself when it already has that dtype.
Tensor cast(const Tensor& x, DType dtype);

}  // namespace lectern
