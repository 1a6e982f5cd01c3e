#pragma once

#include "autograd/variable.h"

namespace lectern {

/// Functions of one number with derivatives; see the table in tensor/ops/pointwise.h.
Variable exp(const Variable& x);
Variable log(const Variable& x);
Variable sqrt(const Variable& x);
Variable tanh(const Variable& x);
Variable sigmoid(const Variable& x);

}  // namespace lectern
