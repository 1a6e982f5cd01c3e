#pragma once

#include <functional>

#include "autograd/variable.h"
#include "tensor/ops/cross_entropy.h"

namespace lectern {

/// \defgroup chunks Chunks of rows
/// What treats every row by itself can be calculated a few rows at a time, forward and backward: of
/// what it makes in between, such as `[row, d_ff]` or `[row, vocab]`, only one chunk exists at a time.
/// (To cut the forward pass alone would leave every chunk's tape.) Each function here is one record
/// that keeps x and runs again, chunk by chunk, in the backward pass; the rules of a StreamFunction
/// hold (reversible/residual_pair.h). Chunks are rounded up to a multiple of 4 rows, because random
/// words come in fours.
/// Cost: one forward pass of the function more; from forward to backward, the memory of x.
/// Source: Kitaev et al. 2020, "Reformer", section 3 ("chunking").
/// @{

/// A function of rows, `[row, in]`. It is told which row of the whole its first one is, so that
/// dropout goes on where the rows before ended.
using RowFunction = std::function<Variable(const Variable& rows, std::int64_t first_row)>;

/// The numbers that f(x, 0) gives, where f turns rows into rows:
///
///     y = in_chunks([&](const Variable& rows, std::int64_t first) { return network(rows, first); },
///                   x, 512);
/// \param x  `[..., in]`, seen as rows
/// \return   `[..., out]`
Variable in_chunks(const RowFunction& f, const Variable& x, std::int64_t chunk_rows);

/// The sum of f over all chunks, where f turns rows into one number.
Variable sum_in_chunks(const RowFunction& f, const Variable& x, std::int64_t chunk_rows);

/// cross_entropy(output(x), targets), a chunk of logits at a time: 4096 rows of a vocabulary of
/// 33,000 are 540 MB.
/// \param output   `[row, d_model]` to logits `[row, vocab]`: the output layer
/// \param targets  i32 `[...]`, one for every row of x; not all of them padding
struct ChunkedLoss {
  std::int64_t chunk_rows = 512;
  CrossEntropyOptions loss{};
};
Variable cross_entropy_in_chunks(const std::function<Variable(const Variable& rows)>& output,
                                 const Variable& x, const Tensor& targets,
                                 const ChunkedLoss& options);
/// @}

}  // namespace lectern
