#pragma once

#include "autograd/variable.h"

namespace lectern {

/// Arithmetic with derivatives; broadcasting and formulas as in tensor/ops/arithmetic.h.
Variable add(const Variable& a, const Variable& b);
Variable subtract(const Variable& a, const Variable& b);
Variable multiply(const Variable& a, const Variable& b);
Variable divide(const Variable& a, const Variable& b);
Variable scale(const Variable& x, double factor);

}  // namespace lectern
