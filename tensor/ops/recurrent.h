#pragma once

#include <string_view>

#include "tensor/ops/matmul.h"
#include "tensor/ops/packed_steps.h"

namespace lectern {

/// The cells of recurrent networks: how a state h, `[batch, hidden]`, changes when one more token x,
/// `[batch, in]`, is read. Every cell has a matrix for the token and one for the state, with the
/// columns of its gates side by side, in PyTorch's order; σ is the sigmoid, ⊙ element by element.
///
/// **rnn**, one column block:
/// \f[ h' = \tanh(x W + h U + b) \f]
/// Elman 1990, "Finding Structure in Time", figure 2; tanh for his sigmoid.
///
/// **gru**, the blocks r, z, n, and a bias \f$ b_q \f$ that stands inside the reset gate:
/// \f[ r = \sigma(x W_r + h U_r + b_r), \qquad z = \sigma(x W_z + h U_z + b_z), \f]
/// \f[ n = \tanh\bigl(x W_n + b_n + r \odot (h U_n + b_q)\bigr), \qquad
///     h' = (1 - z) \odot n + z \odot h \f]
/// Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder", equations 5 to 8.
/// There r multiplies h *before* the product, \f$ (r \odot h) U_n \f$; like this, as in cuDNN and
/// PyTorch, one product serves all three blocks.
///
/// **lstm**, the blocks i, f, g, o, and beside h a cell c that remembers:
/// \f[ i = \sigma(x W_i + h U_i + b_i), \quad f = \sigma(x W_f + h U_f + b_f), \quad
///     o = \sigma(x W_o + h U_o + b_o), \f]
/// \f[ g = \tanh(x W_g + h U_g + b_g), \qquad c' = f \odot c + i \odot g, \qquad
///     h' = o \odot \tanh(c') \f]
/// Hochreiter and Schmidhuber 1997, "Long Short-Term Memory", section 4; the forget gate f: Gers,
/// Schmidhuber and Cummins 2000, "Learning to Forget", equation 4.
enum class CellKind { rnn, gru, lstm };

constexpr std::string_view name_of(CellKind cell) {
  switch (cell) {
    case CellKind::rnn: return "rnn";
    case CellKind::gru: return "gru";
    case CellKind::lstm: return "lstm";
  }
  return {};
}

/// Column blocks of a cell's matrices.
constexpr int gates_of(CellKind cell) {
  switch (cell) {
    case CellKind::rnn: return 1;
    case CellKind::gru: return 3;
    case CellKind::lstm: return 4;
  }
  return 0;
}

/// What a cell learns, as tensors or as variables.
template <class Numbers>
struct CellWeights {
  Numbers input;             ///< W `[in, gate · hidden]`
  Numbers hidden;            ///< U `[hidden, gate · hidden]`
  Numbers bias;              ///< b `[gate · hidden]`
  Numbers hidden_bias = {};  ///< \f$ b_q \f$ `[hidden]`; gru alone
};

/// What a cell remembers, `[batch, hidden]` each.
template <class Numbers>
struct CellState {
  Numbers h;
  Numbers c = {};  ///< lstm alone
};

/// Weights that stay as they are, packed once for many calls.
struct PackedCell {
  PackedMatrix input, hidden;
};

/// What reading a batch of sequences gives, and what the derivative needs of it.
struct RecurrentRun {
  /// `[batch · length + batch (+ batch), hidden]`: y, then the last h, then an lstm's last c, so that
  /// one tensor is all that the reading gives; the members below are parts of it.
  Tensor all;
  Tensor y;  ///< `[batch, length, hidden]`, the state after every token; padding is zero
  CellState<Tensor> last;  ///< the state after each sequence's last token

  PackedSteps steps;
  Tensor x;                ///< `[row, in]`
  Tensor gates;            ///< `[row, gate · hidden]`, as they were; overwritten by the derivative
  CellState<Tensor> past;  ///< `[batch + row, hidden]`: the start, then the state after every row
  Tensor product;          ///< gru: \f$ h U_n + b_q \f$, `[row, hidden]`
};

/// Lets a cell read a batch of sequences.
///
/// The tokens' products with W are one product for all steps; a step is then the state's product with
/// U, packed once, and one pass over the gates.
/// \param x      `[batch, length, in]`
/// \param steps  the order in which they are read: packed_steps(x.shape(), lengths, reverse)
/// \param start  the state before the first token; undefined: zeros
/// Cost: 2 · (in + hidden) · gate · hidden operations a token; memory for its gates and states.
RecurrentRun read_sequences(CellKind cell, const Tensor& x, const PackedSteps& steps,
                            const CellWeights<Tensor>& weights, const CellState<Tensor>& start = {},
                            const PackedCell& packed = {}, Where where = Where::current());

struct RecurrentGradients {
  Tensor d_x;  ///< `[batch, length, in]`; undefined where it is not needed
  CellWeights<Tensor> d_weights;
  CellState<Tensor> d_start;
};

/// Backpropagation through time (Werbos 1990): the steps from the last to the first; in each, one
/// pass over the gates gives \f$ \dot a \f$, the derivative by what went into them, and
/// \f$ \dot h = \dot a\, U^\top \f$ goes on to the step before. The weights' gradients are one product
/// over all steps: \f$ \dot W = x^\top \dot a \f$, \f$ \dot U = h^\top \dot a \f$.
/// \param run  of read_sequences; its gates are overwritten
/// \param d_y  `[batch, length, hidden]`
RecurrentGradients read_sequences_backward(CellKind cell, RecurrentRun& run,
                                           const CellWeights<Tensor>& weights, const Tensor& d_y,
                                           const CellState<Tensor>& d_last, bool needs_d_x);

/// One pass over the gates of one step, what the kernels do: tensors are `[row, …]`.
struct CellStep {
  CellKind cell;
  Tensor gates;  ///< before: x W + b; after: the gates
  Tensor sums;   ///< h U; where the cell only adds them, they are `gates`, added already
  CellState<Tensor> before, after;
  Tensor hidden_bias, product;  ///< gru
  Tensor lengths;  ///< i32 [row], where ended sentences take part: they stay as they are
  std::int64_t step;
};

/// Its derivative.
struct CellStepBackward {
  CellKind cell;
  Tensor gates;   ///< before: the gates; after: the derivative by what went into them
  Tensor d_sums;  ///< the derivative by h U; where the cell only adds them, it is `gates`
  Tensor d_y;     ///< by the state that was shown
  CellState<Tensor>
      d;  ///< before: by the state after the step; after: by that before it, without U's
  CellState<Tensor> before, after;
  Tensor product, lengths;
  std::int64_t step;
};

}  // namespace lectern
