#pragma once

#include "autograd/variable.h"

namespace lectern {

/// The same numbers in another floating-point dtype; the gradient is cast back.
Variable cast(const Variable& x, DType dtype, Where where = Where::current());

}  // namespace lectern
