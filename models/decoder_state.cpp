#include "models/decoder_state.h"

namespace lectern {

void DecoderState::reorder(const Tensor& order) {
  for (const LayerCache& layer : layers) layer.target->reorder(order);
}

void DecoderState::keep(const Tensor& sentences) {
  for (const LayerCache& layer : layers)
    if (layer.source) layer.source->keep(sentences);
}

bool DecoderState::is_recordable() const {
  for (const LayerCache& layer : layers)
    if (!layer.target->is_recordable() || (layer.source && !layer.source->is_recordable()))
      return false;
  return true;
}

DecoderInputs prepare(DecoderState& state, const Positions& positions, const Tensor& tokens,
                      const Tensor& order) {
  const std::int64_t n = tokens.dim(1);
  const Tensor places = positions.find(state.paths.length(), n);
  return {tokens, state.paths.prepare(order, n), places};
}

}  // namespace lectern
