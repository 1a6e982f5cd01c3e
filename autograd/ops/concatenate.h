#pragma once

#include <vector>

#include "autograd/variable.h"

namespace lectern {

/// Joining and cutting along an axis, with derivatives; see tensor/ops/concatenate.h.
Variable concatenate(const std::vector<Variable>& parts, int axis, Where where = Where::current());
/// The part `begin … end−1` of an axis.
Variable slice(const Variable& x, int axis, std::int64_t begin, std::int64_t end,
               Where where = Where::current());
/// Parts of one shape side by side along a new axis, and what lies at one place of an axis.
Variable stack(const std::vector<Variable>& parts, int axis, Where where = Where::current());
Variable select(const Variable& x, int axis, std::int64_t index, Where where = Where::current());

}  // namespace lectern
