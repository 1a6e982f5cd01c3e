#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// The keys (or values) of the tokens so far, with those of one more token: row r of the result is
/// row `order[r]` of the cache followed by row r of `token`.
///
/// Picking the surviving hypotheses of a search and appending their newest token are one copy.
/// \param cache  `[row', length, d_model]`, or undefined before the first token
/// \param order  i32 `[row]`, each in `0 … row'-1`
/// \param token  `[row, 1, d_model]`
/// \return       `[row, length + 1, d_model]`
/// Cost: one pass over the result.
Tensor extend_cache(const Tensor& cache, const Tensor& order, const Tensor& token);

}  // namespace lectern
