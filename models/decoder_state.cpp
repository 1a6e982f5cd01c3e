#include "models/decoder_state.h"

#include "tensor/ops/gather.h"

namespace lectern {

void DecoderState::reorder(const Tensor& order) {
  for (const LayerCache& layer : layers) layer.target->reorder(order);
  for (CellState<Tensor>& cell : cells) {
    cell.h = gather_rows(cell.h, order);
    if (cell.c.defined()) cell.c = gather_rows(cell.c, order);
  }
}

void DecoderState::keep(const Tensor& sentences) {
  for (const LayerCache& layer : layers)
    if (layer.source) layer.source->keep(sentences);
  if (!source.states.defined()) return;
  source.states = gather_rows(source.states, sentences);
  source.lengths = gather_rows(source.lengths, sentences);
}

bool DecoderState::is_recordable() const {
  if (layers.empty()) return false;  // every step makes new cells
  for (const LayerCache& layer : layers)
    if (!layer.target->is_recordable() || (layer.source && !layer.source->is_recordable()))
      return false;
  return true;
}

RecurrentState variables_of(const std::vector<CellState<Tensor>>& cells) {
  RecurrentState state;
  for (const CellState<Tensor>& cell : cells)
    state.push_back({Variable(cell.h), cell.c.defined() ? Variable(cell.c) : Variable()});
  return state;
}

std::vector<CellState<Tensor>> values_of(const RecurrentState& cells) {
  std::vector<CellState<Tensor>> values;
  for (const CellState<Variable>& cell : cells)
    values.push_back({cell.h.value(), cell.c.defined() ? cell.c.value() : Tensor()});
  return values;
}

DecoderInputs prepare(DecoderState& state, const Positions* positions, const Tensor& tokens,
                      const Tensor& order) {
  const std::int64_t n = tokens.dim(1);
  const Tensor places = positions ? positions->find(state.paths.length(), n) : Tensor();
  return {tokens, state.paths.prepare(order, n), places};
}

}  // namespace lectern
