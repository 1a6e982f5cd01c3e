#pragma once

#include <memory>
#include <vector>

#include "attention/cache.h"
#include "nn/positions.h"
#include "nn/recurrent.h"

namespace lectern {

/// The key/value caches of one layer.
struct LayerCache {
  std::unique_ptr<KeyValueCache> target;       // of what has been written
  std::unique_ptr<KeyValueCache> source = {};  // of the source sentences; none in a language model
};

/// What a recurrent decoder looks back at.
struct SourceStates {
  Tensor states = {};   // [sentence, source, d_model]
  Tensor lengths = {};  // i32 [sentence]
};

/// What a model that writes keeps of what it has read, so that going on costs the new tokens only:
/// layers that attend keep caches, cells the state that they are in.
struct DecoderState {
  std::vector<LayerCache> layers = {};
  TokenPaths paths = {};                      // which tokens each row consists of
  std::vector<CellState<Tensor>> cells = {};  // of every row, [row, hidden]
  SourceStates source = {};

  void reorder(const Tensor& order);
  void keep(const Tensor& sentences);
  bool is_recordable() const;
};

/// What cells remember, as layers read it and as a decoder keeps it.
RecurrentState variables_of(const std::vector<CellState<Tensor>>& cells);
std::vector<CellState<Tensor>> values_of(const RecurrentState& cells);

/// What one call of a model reads, beside its state.
struct DecoderInputs {
  Tensor tokens;          // i32 [row, n], the next tokens of every row
  TokenPaths::Call call;  // which rows they go on from
  Tensor positions;       // where the tables of positions hold theirs, if there are any
};

/// On the host: counts, makes room, and refuses one token too many before all changes. What comes
/// then, the model's `step`, are kernels alone where the state is recordable.
/// \param positions  null where the model has none
/// \param tokens  i32 `[row, n]`, the next tokens of every row; rows are grouped by sentence
/// \param order   i32 `[row]`, the row of the call before that each row goes on from
DecoderInputs prepare(DecoderState& state, const Positions* positions, const Tensor& tokens,
                      const Tensor& order);

}  // namespace lectern
