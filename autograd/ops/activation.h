#pragma once

#include "autograd/variable.h"

namespace lectern {

/// Activation functions with derivatives; see tensor/ops/activation.h.
Variable relu(const Variable& x);
Variable gelu(const Variable& x);

}  // namespace lectern
