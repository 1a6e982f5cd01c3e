#include "models/decoder_layer.h"

namespace lectern {

DecoderLayer::DecoderLayer(const LayerOptions& options, Initializer& init)
    : self_attention_(options.attention(), init),
      residual1_(options.residual(), init),
      cross_attention_(options.attention(), init),
      residual2_(options.residual(), init),
      feed_forward_(options.feed_forward(), options.feed_forward_chunk, init),
      residual3_(options.residual(), init) {}

Variable DecoderLayer::operator()(const Variable& x, const Variable& memory,
                                  const Mask& memory_mask) const {
  const PartAtWork at_work(*this);
  return sublayers(
      x, [&](const Variable& y) { return self_attention_(y, y, causal_mask()); },
      [&](const Variable& y) { return cross_attention_(y, memory, memory_mask); });
}

StreamFunctions DecoderLayer::operator()(const StreamFunctions& before,
                                         const Mask& memory_mask) const {
  return sublayers(
      before, [this](const Variable& y) { return self_attention_(y, y, causal_mask()); },
      [this, memory_mask](const Variable& y, const std::vector<Variable>& outside) {
        return cross_attention_(y, outside.at(0), memory_mask);
      });
}

void DecoderLayer::visit(Visitor& visitor) {
  visitor("self_attention", self_attention_);
  visitor("norm1", residual1_.norm());
  visitor("dropout1", residual1_.dropout());
  visitor("cross_attention", cross_attention_);
  visitor("norm2", residual2_.norm());
  visitor("dropout2", residual2_.dropout());
  visitor("feed_forward", feed_forward_);
  visitor("norm3", residual3_.norm());
  visitor("dropout3", residual3_.dropout());
}

}  // namespace lectern
