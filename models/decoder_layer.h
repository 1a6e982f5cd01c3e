#pragma once

#include "models/layer_options.h"

namespace lectern {

/// What one decoder layer keeps from step to step, so that a new token costs one row of work:
/// the projected keys and values of the tokens so far, and of the source sentence.
struct LayerCache {
  Tensor keys, values;                    // [target token, d_model], of all hypotheses, with room
  MultiHeadAttention::KeysValues memory;  // [source token, d_model], of all sentences
};

/// Whom the newest tokens of all hypotheses look at, and where their own keys and values go.
struct NewestTokens {
  Tensor numbers;  ///< i32 `[row]`, of the newest tokens
  Paths targets;   ///< the tokens that each hypothesis consists of, the newest one included
  Paths sources;   ///< the tokens of each sentence; rows come in groups of equal size, one for each
};

/// One layer of the decoder: every token looks back at the target so far, then at the source, then
/// thinks (Vaswani et al. 2017, §3.1).
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

  /// Projects the source once, before the first step.
  LayerCache start(const Variable& memory) const;
  /// One more token of every hypothesis. The cache must have room for it.
  /// \param x  `[row, 1, d_model]`, one sum or two
  template <class Sums>
  Sums step(const Sums& x, LayerCache& cache, const NewestTokens& newest) const {
    return sublayers(
        x, [&](const Variable& y) { return hear(y, cache, newest); },
        [&](const Variable& y) {
          return cross_attention_.look_along(y, cache.memory, newest.sources);
        });
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

  Variable hear(const Variable& y, LayerCache& cache, const NewestTokens& newest) const;

  MultiHeadAttention self_attention_;
  Residual residual1_;
  MultiHeadAttention cross_attention_;
  Residual residual2_;
  ChunkedFeedForward feed_forward_;
  Residual residual3_;
};

}  // namespace lectern
