#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// \f$ \sum_i x_i^2 \f$ in double precision: what the global norm of the gradients is made of.
/// Fixed blocks, added in order: the same bits for any number of threads.
double sum_of_squares(const Tensor& x);

}  // namespace lectern
