#pragma once

#include <vector>

#include "models/decoder_layer.h"
#include "models/encoder_decoder.h"
#include "models/output_layer.h"
#include "models/sequence_encoder.h"
#include "models/transformer_options.h"

namespace lectern {

/// The encoder-decoder of "Attention Is All You Need" (Vaswani et al. 2017).
class Transformer : public EncoderDecoder {
 public:
  Transformer(const TransformerOptions& options, Initializer& init);

  EncoderOutput encode(const Tokens& source, Where where = Where::current()) const override;
  Variable decode_states(const Tensor& target, const EncoderOutput& memory,
                         Where where = Where::current()) const override;
  Variable logits(const Variable& states) const override { return output_(states); }
  Variable cross_entropy(const Variable& states, const Tensor& targets,
                         const CrossEntropyOptions& options) const override {
    return output_.cross_entropy(states, targets, options);
  }

  DecoderState start(const EncoderOutput& memory) const override;
  Tensor step(DecoderState& state, const DecoderInputs& inputs) const override;
  const Positions* positions() const override { return &encoder_.positions(); }
  std::int64_t max_length() const override { return options_.max_length; }

  void visit(Visitor& visitor) override;
  const TransformerOptions& options() const { return options_; }

 private:
  /// The tables, which are drawn before all layers.
  struct Tables {
    Embedding source, target;
    Positions positions;
    OutputLayer output;
  };
  static Tables make_tables(const TransformerOptions& options, Initializer& init);
  Transformer(const TransformerOptions& options, const Tables& tables, Initializer& init);

  TransformerOptions options_;
  SequenceEncoder encoder_;  // whose positions the decoder has, too
  Embedding target_embedding_;
  Dropout target_dropout_;  // another than the encoder's, since two sequences need two masks
  std::vector<DecoderLayer> decoder_layers_;
  std::vector<LayerNorm> final_norm_;  // the decoder's; pre-norm only
  OutputLayer output_;
};

}  // namespace lectern
