#pragma once

#include <vector>

#include "autograd/ops/recurrent.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/module.h"

namespace lectern {

/// A cell with weights: what one layer of a recurrent network does with each token, in one direction.
/// The formulas of the three kinds, and their sources, stand in tensor/ops/recurrent.h.
///
///     CellState<Variable> state = cell.start(batch);
///     for (…) state = cell.step(x, state);   // x [batch, in], state.h [batch, hidden]
///
/// Where all tokens are known beforehand, `read` takes them at once, in one record.
///
/// Begins with Xavier-uniform weights and zero biases, but for an lstm's forget gate: its bias of 1
/// lets it remember from the start (Jozefowicz, Zaremba and Sutskever 2015, section 4).
class RecurrentCell : public Module {
 public:
  RecurrentCell(CellKind kind, std::int64_t in, std::int64_t hidden, Initializer& init);

  /// Before the first token: zeros.
  CellState<Variable> start(std::int64_t batch) const;
  /// \param x  `[batch, in]`
  CellState<Variable> step(const Variable& x, const CellState<Variable>& state,
                           Where where = Where::current()) const;
  /// All tokens of a batch of sequences, `[batch, length, in]` to `[batch, length, hidden]`.
  Variable operator()(const Variable& x, ReadingOptions options = {},
                      Where where = Where::current()) const;
  /// The same, and the state after the last token.
  Reading read(const Variable& x, ReadingOptions options = {},
               Where where = Where::current()) const;

  void visit(Visitor& visitor) override;
  void set_mode(const Mode& mode) override;

 private:
  CellKind kind_;
  CellWeights<Variable> weights_;
  PackedCell packed_;  // the weights, while the model is prepared for inference
};

/// A recurrent network. The names are PyTorch's.
struct RecurrentOptions {
  CellKind cell = CellKind::lstm;
  std::int64_t input_size = 512;
  std::int64_t hidden_size = 512;  ///< of each direction
  int num_layers = 1;
  double dropout = 0.0;  ///< between the layers
  /// Every layer reads in both directions, and shows both states side by side (Schuster and Paliwal
  /// 1997, "Bidirectional Recurrent Neural Networks").
  bool bidirectional = false;

  std::int64_t directions() const { return bidirectional ? 2 : 1; }
  std::int64_t output_size() const { return directions() * hidden_size; }
};

/// What every cell of a network remembers, layer after layer; of a bidirectional one, forwards and
/// then backwards.
using RecurrentState = std::vector<CellState<Variable>>;

/// Layers of cells, each of which reads what the one below has shown.
class Recurrent : public Module {
 public:
  Recurrent(const RecurrentOptions& options, Initializer& init);

  /// \param x        `[batch, length, input_size]`
  /// \param lengths  i32 `[batch]`, how many tokens of each sequence are real; undefined: all. Padding
  ///                 changes no state, and on a CPU costs next to nothing
  /// \return         `[batch, length, output_size]`, zero at padding
  Variable operator()(const Variable& x, const Tensor& lengths = {},
                      Where where = Where::current()) const;

  struct Output {
    Variable y;           ///< as above
    RecurrentState last;  ///< after each sequence's last token
  };
  /// The same from a state on, to a state.
  /// \param start  empty: zeros
  Output read(const Variable& x, const Tensor& lengths = {}, const RecurrentState& start = {},
              Where where = Where::current()) const;

  void visit(Visitor& visitor) override;
  const RecurrentOptions& options() const { return options_; }

 private:
  /// Calls `read_cell(cell, x, reverse)` for every cell; what it returns is the cell's y.
  template <class ReadCell>
  Variable through_layers(Variable x, const ReadCell& read_cell) const;

  RecurrentOptions options_;
  std::vector<RecurrentCell> cells_;  // layer after layer
  std::vector<Dropout> dropouts_;     // behind every layer but the last
};

}  // namespace lectern
