#include "models/encoder_layer.h"

namespace lectern {

EncoderLayer::EncoderLayer(const LayerOptions& options, std::unique_ptr<AttentionPattern> pattern,
                           Initializer& init)
    : self_attention_(options.attention(), std::move(pattern), init),
      residual1_(options.residual(), init),
      feed_forward_(options.feed_forward(), options.feed_forward_chunk, init),
      residual2_(options.residual(), init) {}

Variable EncoderLayer::operator()(const Variable& x, const Mask& mask) const {
  const Variable seen =
      residual1_(x, [&](const Variable& y) { return self_attention_(y, y, mask); });
  return residual2_(seen, feed_forward_);
}

std::vector<StreamFunction> EncoderLayer::stream_functions(const Mask& mask) const {
  const auto attention = [this, mask](const Variable& x, const auto&) {
    return residual1_.amount(x, [&](const Variable& y) { return self_attention_(y, y, mask); });
  };
  const auto feed_forward = [this](const Variable& x, const auto&) {
    return residual2_.amount(x, feed_forward_);
  };
  return {attention, feed_forward};
}

Variable EncoderLayer::step(const Variable& x, AttentionPattern::Memory& memory) const {
  const Variable seen =
      residual1_(x, [&](const Variable& y) { return self_attention_.look_back(y, memory); });
  return residual2_(seen, feed_forward_);
}

void EncoderLayer::step(StreamPair& streams, AttentionPattern::Memory& memory) const {
  streams.add(residual1_, [&](const Variable& y) { return self_attention_.look_back(y, memory); });
  streams.add(residual2_, feed_forward_);
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
