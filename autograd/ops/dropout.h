#pragma once

#include "autograd/variable.h"
#include "tensor/random.h"

namespace lectern {

/// Dropout with derivatives; see tensor/ops/dropout.h. Backward draws the mask again from the key,
/// so that only `relu_dropout` keeps a tensor: its output, which the next layer keeps anyway.
Variable dropout(const Variable& x, double probability, RandomKey key,
                 Where where = Where::current());
/// residual + dropout(x)
Variable dropout_add(const Variable& x, const Variable& residual, double probability, RandomKey key,
                     Where where = Where::current());
/// dropout(relu(x))
Variable relu_dropout(const Variable& x, double probability, RandomKey key,
                      Where where = Where::current());

}  // namespace lectern
