#pragma once

#include "nn/linear.h"

namespace lectern {

/// One step of a long short-term memory (PyTorch's LSTMCell): a state h that is shown, and a cell c
/// that remembers, changed only as far as three gates let it.
///
/// \f[ [i, f, g, o] = [x, h]\, W + b, \qquad
///     c' = \sigma(f) \odot c + \sigma(i) \odot \tanh(g), \qquad h' = \sigma(o) \odot \tanh(c') \f]
///
/// A sequence is read by calling it once a token, `for (…) state = cell(x, state)`; the tape goes back
/// through all steps. Sources: Hochreiter and Schmidhuber 1997, "Long Short-Term Memory"; the forget
/// gate f: Gers, Schmidhuber and Cummins 2000, "Learning to Forget".
class LstmCell : public Module {
 public:
  struct State {
    Variable h, c;  // [batch, hidden]
  };

  LstmCell(std::int64_t in, std::int64_t hidden, Initializer& init);

  /// Before the first token: zeros.
  State start(std::int64_t batch) const;
  /// \param x  `[batch, in]`
  /// Cost: memory for four gates, kept for the backward pass.
  State operator()(const Variable& x, const State& state, Where where = Where::current()) const;
  void visit(Visitor& visitor) override { visitor("gates", gates_); }

 private:
  std::int64_t hidden_;
  DType dtype_;
  Linear gates_;
};

}  // namespace lectern
