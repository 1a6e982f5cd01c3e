#pragma once

#include <vector>

#include "autograd/variable.h"

namespace lectern {

/// The axes in another order, with derivatives; see tensor/ops/permute.h.
Variable permute(const Variable& x, const std::vector<int>& axes);
Variable transpose(const Variable& x);
Variable split_heads(const Variable& x, std::int64_t heads);
Variable merge_heads(const Variable& x);

/// The same numbers in another shape; one extent may be -1. No copy, in either direction.
Variable reshape(const Variable& x, std::initializer_list<std::int64_t> extents);
Variable reshape(const Variable& x, const Shape& shape);

}  // namespace lectern
