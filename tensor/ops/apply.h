#pragma once

#include <functional>

#include "tensor/tensor.h"

namespace lectern {

/// A function of one's own, called for every number on the host; the result lies where `x` lies.
/// Slow beside the functions of pointwise.h: for trying things out.
Tensor apply_to_each(const Tensor& x, const std::function<double(double)>& function,
                     Where where = Where::current());

}  // namespace lectern
