#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// \f$ \sum_i x_i^2 \f$ in double precision.
/// Fixed blocks, added in order: the same bits for any number of threads.
double sum_of_squares(const Tensor& x);

/// The same, added to `sum`, an f64 scalar on the device of `x`. The global norm of many gradients
/// is gathered this way without waiting for a device more than once.
void add_sum_of_squares(const Tensor& x, Tensor& sum);

}  // namespace lectern
