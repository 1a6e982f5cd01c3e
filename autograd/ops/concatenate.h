#pragma once

#include <vector>

#include "autograd/variable.h"

namespace lectern {

/// Joining and cutting along an axis, with derivatives; see tensor/ops/concatenate.h.
Variable concatenate(const std::vector<Variable>& parts, int axis);
/// The part `begin … end−1` of an axis.
Variable slice(const Variable& x, int axis, std::int64_t begin, std::int64_t end);

}  // namespace lectern
