#pragma once

#include "autograd/variable.h"

namespace lectern {

/// Probabilities, or their logarithms, along the last axis, with derivatives; the formulas stand in
/// tensor/ops/softmax.h.
Variable softmax(const Variable& scores, Where where = Where::current());
Variable log_softmax(const Variable& scores, Where where = Where::current());

}  // namespace lectern
