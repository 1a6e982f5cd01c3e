#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// \f$ \sum_i x_i^2 \f$ over the numbers of all tensors, in double precision: an f64 scalar on their
/// device, so that a GPU goes on without the host. The tensors have one dtype and device, and there
/// is at least one. Fixed blocks, added in order: the same bits for any number of threads.
Tensor sum_of_squares(const std::vector<Tensor>& tensors);

}  // namespace lectern
