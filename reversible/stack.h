#pragma once

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
/// @}

}  // namespace lectern
