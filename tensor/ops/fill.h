#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// Sets every number of the tensor to `value`.
void fill(Tensor& tensor, double value);

}  // namespace lectern
