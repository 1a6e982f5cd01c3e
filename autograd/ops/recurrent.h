#pragma once

#include "autograd/variable.h"
#include "tensor/ops/recurrent.h"

namespace lectern {

/// How a batch of sequences is read.
struct ReadingOptions {
  Tensor lengths = {};   ///< i32 `[batch]`, how many tokens of each are real; undefined: all
  bool reverse = false;  ///< each from its last real token to its first
  CellState<Variable> start = {};  ///< the state before the first token; undefined: zeros
  PackedCell packed = {};          ///< the weights once more, where they stay as they are
};

/// What a cell shows after every token, and what it remembers after the last.
struct Reading {
  Variable y;  ///< `[batch, length, hidden]`; zero at padding
  CellState<Variable> last;
};

/// Lets a cell (see tensor/ops/recurrent.h) read a batch of sequences: one record for the whole, whose
/// derivative is backpropagation through time.
/// \param x  `[batch, length, in]`
Variable recurrent(CellKind cell, const Variable& x, const CellWeights<Variable>& weights,
                   const ReadingOptions& options = {}, Where where = Where::current());
/// The same with the last state, which costs two more records and a pass over the gradient each.
Reading read_to_the_end(CellKind cell, const Variable& x, const CellWeights<Variable>& weights,
                        const ReadingOptions& options = {}, Where where = Where::current());

/// One token, in the papers' order, of differentiable operations.
/// \param x  `[batch, in]`
CellState<Variable> cell_step_by_definition(CellKind cell, const Variable& x,
                                            const CellState<Variable>& state,
                                            const CellWeights<Variable>& weights,
                                            Where where = Where::current());
/// All tokens, one after another: what recurrent computes at once.
Reading recurrent_by_definition(CellKind cell, const Variable& x,
                                const CellWeights<Variable>& weights,
                                const ReadingOptions& options = {}, Where where = Where::current());

}  // namespace lectern
