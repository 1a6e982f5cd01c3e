#pragma once

#include "autograd/ops/arithmetic.h"

namespace lectern {

/// The larger of two numbers, and the one that a condition chooses, with derivatives; see
/// tensor/ops/compare.h.
Variable maximum(const Variable& a, const VariableOperand& b, Where where = Where::current());
Variable where(const Tensor& condition, const Variable& a, const Variable& b,
               Where line = Where::current());

}  // namespace lectern
