#pragma once

#include "attention/multi_head.h"
#include "models/residual.h"
#include "models/transformer_options.h"

namespace lectern {

/// One layer of the encoder: every token looks at every token, then thinks about what it saw
/// (Vaswani et al. 2017, §3.1).
class EncoderLayer : public Module {
 public:
  EncoderLayer(const TransformerOptions& options, Initializer& init);

  /// \param x  `[batch, source, d_model]`
  Variable operator()(const Variable& x, const Mask& mask) const;
  void visit(Visitor& visitor) override;

 private:
  MultiHeadAttention self_attention_;
  Residual residual1_;
  FeedForward feed_forward_;
  Residual residual2_;
};

}  // namespace lectern
