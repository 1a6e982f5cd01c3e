#include "models/decoder_layer.h"

#include "attention/ops/extend_cache.h"
#include "models/sublayer_options.h"

namespace lectern {

DecoderLayer::DecoderLayer(const TransformerOptions& options, Initializer& init)
    : self_attention_(attention_options(options), init),
      residual1_(residual_options(options), init),
      cross_attention_(attention_options(options), init),
      residual2_(residual_options(options), init),
      feed_forward_(feed_forward_options(options), init),
      residual3_(residual_options(options), init) {}

Variable DecoderLayer::operator()(const Variable& x, const Variable& memory,
                                  const Mask& memory_mask) const {
  const Variable heard =
      residual1_(x, [&](const Variable& y) { return self_attention_(y, y, causal_mask()); });
  const Variable seen = residual2_(
      heard, [&](const Variable& y) { return cross_attention_(y, memory, memory_mask); });
  return residual3_(seen, feed_forward_);
}

LayerCache DecoderLayer::start(const Variable& memory) const {
  const MultiHeadAttention::KeysValues projected = cross_attention_.project(memory);
  return {.keys = {},
          .values = {},
          .memory_keys = projected.keys.value(),
          .memory_values = projected.values.value()};
}

Variable DecoderLayer::step(const Variable& x, LayerCache& cache, const Tensor& order,
                            const Mask& memory_mask) const {
  const Variable heard = residual1_(x, [&](const Variable& y) {
    const MultiHeadAttention::KeysValues token = self_attention_.project(y);
    cache.keys = extend_cache(cache.keys, order, token.keys.value());
    cache.values = extend_cache(cache.values, order, token.values.value());
    // The token is the last one: it may look at all that is cached, so no mask is needed.
    return self_attention_.look(y, {Variable(cache.keys), Variable(cache.values)}, no_mask());
  });
  const Variable seen = residual2_(heard, [&](const Variable& y) {
    // The hypotheses of a sentence are so many queries to the same source.
    const std::int64_t batch = cache.memory_keys.dim(0), d_model = y.dim(2);
    const Variable grouped(y.value().reshape({batch, -1, d_model}));  // [batch, beam, d_model]
    const Variable looked = cross_attention_.look(
        grouped, {Variable(cache.memory_keys), Variable(cache.memory_values)}, memory_mask);
    return Variable(looked.value().reshape(y.shape()));
  });
  return residual3_(seen, feed_forward_);
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
