#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// True when no number of `x` is NaN or infinite. Integers always are finite.
/// One pass over memory; stops at the first block that holds such a number.
bool is_finite(const Tensor& x);

}  // namespace lectern
