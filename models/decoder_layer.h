#pragma once

#include "models/decoder_state.h"
#include "models/layer_options.h"

namespace lectern {

/// One layer of the decoder: causal self-attention over the target so far, cross-attention to the
/// source, a feed-forward network (Vaswani et al. 2017, §3.1).
class DecoderLayer : public Module {
 public:
  DecoderLayer(const LayerOptions& options, Initializer& init);

  /// \param x            `[batch, target, d_model]`
  /// \param memory       `[batch, source, d_model]`, the encoder's output
  /// \param memory_mask  hides the padding of the source
  Variable operator()(const Variable& x, const Variable& memory, const Mask& memory_mask) const;

  /// The three sublayers as functions of a reversible stack, behind those of the layers before; the
  /// encoder's output is what comes from outside.
  StreamFunctions operator()(const StreamFunctions& before, const Mask& memory_mask) const;

  /// The next tokens of every hypothesis, whose earlier ones are in the cache.
  /// \param x      `[row, n, d_model]`, one sum or two
  /// \param cache  from start()
  template <class Sums>
  Sums step(const Sums& x, const LayerCache& cache, const NewestTokens& newest) const {
    return sublayers(
        x, [&](const Variable& y) { return self_attention_.step(y, *cache.target, newest); },
        [&](const Variable& y) { return cross_attention_.step(y, *cache.source, newest); });
  }
  /// Projects the source once, before the first step.
  LayerCache start(const Variable& memory, const Tensor& lengths, std::int64_t length) const {
    return {self_attention_.start(length), cross_attention_.start(memory, lengths)};
  }

  void visit(Visitor& visitor) override;

 private:
  /// The order of the sublayers, for whatever a Residual takes.
  template <class Sums, class SelfAttention, class CrossAttention>
  Sums sublayers(const Sums& x, const SelfAttention& self_attention,
                 const CrossAttention& cross_attention) const {
    const Sums heard = residual1_(x, self_attention);
    const Sums seen = residual2_(heard, cross_attention);
    return residual3_(seen, [this](const Variable& y) { return feed_forward_(y); });
  }

  MultiHeadAttention self_attention_;
  Residual residual1_;
  MultiHeadAttention cross_attention_;
  Residual residual2_;
  ChunkedFeedForward feed_forward_;
  Residual residual3_;
};

}  // namespace lectern
