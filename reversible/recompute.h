#pragma once

#include <functional>
#include <vector>

#include "autograd/variable.h"

namespace lectern {

/// A function of some Variables, and of the parameters that it brings along.
using RecomputedFunction = std::function<Variable(const std::vector<Variable>& inputs)>;

/// f(inputs) as one record that keeps nothing but the inputs and runs f again, with tape, in the
/// backward pass: activation checkpointing, for any layer.
///
///     x = recompute([&](const auto& in) { return layer(in[0], mask); }, {x});
///
/// For f the rules of a StreamFunction hold (reversible/residual_pair.h): it does the same both
/// times; Variables that need a gradient are parameters or come as inputs; what it captures lives
/// until the backward pass. Where a reversible stack keeps nothing at all, n layers that are
/// recomputed one by one keep n inputs.
/// Cost: one forward pass of f more; from forward to backward, the memory of the inputs.
/// Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost".
Variable recompute(const RecomputedFunction& f, const std::vector<Variable>& inputs);

/// A function that treats every row by itself: a feed-forward network. It is told which row of the
/// whole its first one is, so that dropout goes on where the rows before ended.
using RowFunction = std::function<Variable(const Variable& rows, std::int64_t first_row)>;

/// f(x) as one record, `chunk_rows` rows at a time, forward and backward: of what f makes in between,
/// such as `[row, d_ff]`, only one chunk exists at a time. (To cut the forward pass alone would
/// leave every chunk's tape.)
///
///     y = in_chunks([&](const Variable& rows, std::int64_t first) { return network(rows, first); },
///                   x, 512);
/// \param x           `[..., in]`, seen as rows
/// \param chunk_rows  rounded up to a multiple of 4, because random words come in fours
/// \return            `[..., out]`: the numbers that f(x, 0) gives
/// Cost: one forward pass of f more; from forward to backward, the memory of x.
/// Source: Kitaev et al. 2020, "Reformer", section 3 ("chunking").
Variable in_chunks(const RowFunction& f, const Variable& x, std::int64_t chunk_rows);

}  // namespace lectern
