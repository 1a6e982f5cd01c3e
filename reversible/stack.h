#pragma once

#include <utility>

#include "reversible/residual_pair.h"

namespace lectern {

/// \defgroup reversible_stack The reversible stack
/// A whole network of residual pairs, functions f₁ … f_n that add to the first and the second
/// stream in turn:
///
/// \f[ x_1 \mathrel{+}= f_1(x_2), \quad x_2 \mathrel{+}= f_2(x_1), \quad
///     x_1 \mathrel{+}= f_3(x_2), \;\dots \f]
///
/// A Transformer's encoder lists attention, feed-forward, attention, …; a decoder's layer has three
/// functions, and the streams change places from one layer to the next. Mostly both streams begin
/// as the same embedding.
/// \param x1, x2   `[..., d_model]`
/// \param outside  values that functions read beside the streams; their gradients are summed
/// \return         `[..., 2 · d_model]`: both streams side by side, for a normalisation over both
/// @{

/// One record that keeps nothing but its output, and, of streams in fixed point, their steps.
///
/// The backward pass begins at the output and walks back function by function: it runs each one
/// again, with tape, takes its amount away from the stream, and runs backward through that tape.
/// Errors: shapes or dtypes that differ; a function that changes the shape.
/// Cost: backward, one forward pass more than an ordinary network; memory, that of one function,
/// however many there are.
Variable reversible_stack(const std::vector<StreamFunction>& functions, const Variable& x1,
                          const Variable& x2, const std::vector<Variable>& outside = {},
                          StreamNumbers numbers = StreamNumbers::floating);

/// The definition: ordinary sums, which keep everything. Equal values and, up to the streams'
/// rounding errors, gradients.
Variable reversible_stack_by_definition(const std::vector<StreamFunction>& functions,
                                        const Variable& x1, const Variable& x2,
                                        const std::vector<Variable>& outside = {});
/// The inputs of a stack, calculated from its output, which is all that the backward pass has: the
/// last function's amount is taken away again, then that of the one before.
///
///     const auto [x1, x2] = invert(functions, reversible_stack(functions, a, b).value());
///
/// Floating streams come back up to rounding errors, which add up over the functions; streams in
/// fixed point exactly, as long as a number of the output holds all its steps (in f32 below 16).
/// What a function chooses by comparing numbers (autograd/replay.h), it chooses anew.
/// \param y        `[..., 2 · d_model]`, as reversible_stack returns it
/// \param numbers  as they were on the way up
/// \return         x1 and x2, `[..., d_model]`
/// Errors: an odd extent; a function that changes the shape. Cost: one forward pass.
std::pair<Tensor, Tensor> invert(const std::vector<StreamFunction>& functions, const Tensor& y,
                                 const std::vector<Variable>& outside = {},
                                 StreamNumbers numbers = StreamNumbers::floating);
/// @}

}  // namespace lectern
