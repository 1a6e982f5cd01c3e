#pragma once

#include <vector>

#include "autograd/variable.h"

namespace lectern {

/// The axes in another order, with derivatives; see tensor/ops/permute.h.
Variable permute(const Variable& x, const std::vector<int>& axes, Where where = Where::current());
Variable transpose(const Variable& x, Where where = Where::current());
Variable split_heads(const Variable& x, std::int64_t heads, Where where = Where::current());
Variable merge_heads(const Variable& x, Where where = Where::current());

/// The same numbers in another shape; one extent may be -1. No copy, in either direction.
Variable reshape(const Variable& x, std::initializer_list<std::int64_t> extents,
                 Where where = Where::current());
Variable reshape(const Variable& x, const Shape& shape, Where where = Where::current());

}  // namespace lectern
