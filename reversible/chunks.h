#pragma once

#include <functional>

#include "autograd/variable.h"

namespace lectern {

/// \defgroup chunks Chunks of rows
/// What treats every row by itself can be calculated a few rows at a time, forward and backward: of
/// what it makes in between, such as `[row, d_ff]`, only one chunk exists at a time. (To cut the
/// forward pass alone would leave every chunk's tape.) One record keeps x and runs the function
/// again, chunk by chunk, in the backward pass; the rules of a StreamFunction hold
/// (reversible/residual_pair.h). Chunks are rounded up to a multiple of 4 rows, because random words
/// come in fours.
/// Cost: one forward pass of the function more; from forward to backward, the memory of x.
/// Source: Kitaev et al. 2020, "Reformer", section 3 ("chunking").
/// @{

/// A function of rows, `[row, in]`. It is told which row of the whole its first one is, so that
/// dropout goes on where the rows before ended.
using RowFunction = std::function<Variable(const Variable& rows, std::int64_t first_row)>;

/// The numbers that f(x, 0) gives, where f turns rows into rows:
///
///     const auto f = [&](const Variable& rows, std::int64_t first) { return network(rows, first); };
///     y = in_chunks(f, x, 512);
/// \param x  `[..., in]`, seen as rows
/// \return   `[..., out]`
Variable in_chunks(const RowFunction& f, const Variable& x, std::int64_t chunk_rows);
/// @}

}  // namespace lectern
