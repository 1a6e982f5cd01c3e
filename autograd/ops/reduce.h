#pragma once

#include "autograd/variable.h"

namespace lectern {

/// Sums with derivatives; see tensor/ops/reduce.h. The gradient is repeated where it was summed.
Variable sum(const Variable& x);
Variable mean(const Variable& x);
Variable sum_axis(const Variable& x, int axis);

}  // namespace lectern
