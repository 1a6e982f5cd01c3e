#pragma once

#include <vector>

#include "models/layer_options.h"

namespace lectern {

/// One layer of the encoder: every token looks at every token, then thinks about what it saw
/// (Vaswani et al. 2017, §3.1).
class EncoderLayer : public Module {
 public:
  /// \param pattern  of self-attention; none: every pair meets
  EncoderLayer(const LayerOptions& options, std::unique_ptr<AttentionPattern> pattern,
               Initializer& init);

  /// \param x  `[batch, source, d_model]`
  Variable operator()(const Variable& x, const Mask& mask) const;

  /// The two sublayers as functions of a reversible stack.
  std::vector<StreamFunction> stream_functions(const Mask& mask) const;

  /// One more token, which looks back at those before.
  /// \param x       `[batch, 1, d_model]`
  /// \param memory  from start()
  Variable step(const Variable& x, AttentionPattern::Memory& memory) const;
  void step(StreamPair& streams, AttentionPattern::Memory& memory) const;
  std::unique_ptr<AttentionPattern::Memory> start(std::int64_t batch, std::int64_t length) const {
    return self_attention_.start_pattern(batch, length);
  }

  void visit(Visitor& visitor) override;

 private:
  MultiHeadAttention self_attention_;
  Residual residual1_;
  ChunkedFeedForward feed_forward_;
  Residual residual2_;
};

}  // namespace lectern
