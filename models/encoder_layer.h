#pragma once

#include <vector>

#include "models/layer_options.h"

namespace lectern {

/// One layer of the encoder: self-attention, then a feed-forward network, each with a residual
/// (Vaswani et al. 2017, §3.1).
class EncoderLayer : public Module {
 public:
  /// \param pattern  of self-attention; none: full attention
  EncoderLayer(const LayerOptions& options, std::unique_ptr<AttentionPattern> pattern,
               Initializer& init);

  /// \param x  `[batch, source, d_model]`
  Variable operator()(const Variable& x, const Mask& mask) const;

  /// The two sublayers as functions of a reversible stack, behind those of the layers before.
  StreamFunctions operator()(const StreamFunctions& before, const Mask& mask) const;

  /// The next tokens of sequences whose earlier ones are in the cache.
  /// \param x      `[row, n, d_model]`, one sum or two
  /// \param cache  from start()
  template <class Sums>
  Sums step(const Sums& x, KeyValueCache& cache, const NewestTokens& newest) const {
    return sublayers(x, [&](const Variable& y) { return self_attention_.step(y, cache, newest); });
  }
  std::unique_ptr<KeyValueCache> start(std::int64_t length) const {
    return self_attention_.start(length);
  }

  void visit(Visitor& visitor) override;

 private:
  /// The order of the sublayers, for whatever a Residual takes.
  template <class Sums, class SelfAttention>
  Sums sublayers(const Sums& x, const SelfAttention& self_attention) const {
    const Sums seen = residual1_(x, self_attention);
    return residual2_(seen, [this](const Variable& y) { return feed_forward_(y); });
  }

  MultiHeadAttention self_attention_;
  Residual residual1_;
  ChunkedFeedForward feed_forward_;
  Residual residual2_;
};

}  // namespace lectern
