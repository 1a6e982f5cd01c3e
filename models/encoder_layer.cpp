#include "models/encoder_layer.h"

namespace lectern {

EncoderLayer::EncoderLayer(const LayerOptions& options, std::unique_ptr<AttentionPattern> pattern,
                           Initializer& init)
    : self_attention_(options.attention(), std::move(pattern), init),
      residual1_(options.residual(), init),
      feed_forward_(options.feed_forward(), options.feed_forward_chunk, init),
      residual2_(options.residual(), init) {}

Variable EncoderLayer::operator()(const Variable& x, const Mask& mask) const {
  const PartAtWork at_work(*this);
  return sublayers(x, [&](const Variable& y) { return self_attention_(y, y, mask); });
}

StreamFunctions EncoderLayer::operator()(const StreamFunctions& before, const Mask& mask) const {
  return sublayers(before, [this, mask](const Variable& y) { return self_attention_(y, y, mask); });
}

void EncoderLayer::visit(Visitor& visitor) {
  visitor("self_attention", self_attention_);
  visitor("norm1", residual1_.norm());
  visitor("dropout1", residual1_.dropout());
  visitor("feed_forward", feed_forward_);
  visitor("norm2", residual2_.norm());
  visitor("dropout2", residual2_.dropout());
}

}  // namespace lectern
