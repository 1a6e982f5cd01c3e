#include "models/encoder_layer.h"

#include "models/sublayer_options.h"

namespace lectern {

EncoderLayer::EncoderLayer(const TransformerOptions& options, Initializer& init)
    : self_attention_(attention_options(options), init),
      residual1_(residual_options(options), init),
      feed_forward_(feed_forward_options(options), init),
      residual2_(residual_options(options), init) {}

Variable EncoderLayer::operator()(const Variable& x, const Mask& mask) const {
  const Variable seen =
      residual1_(x, [&](const Variable& y) { return self_attention_(y, y, mask); });
  return residual2_(seen, feed_forward_);
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
