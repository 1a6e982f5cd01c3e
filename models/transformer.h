#pragma once

#include <vector>

#include "models/decoder_layer.h"
#include "models/output_layer.h"
#include "models/sequence_encoder.h"
#include "models/tokens.h"
#include "models/transformer_options.h"

namespace lectern {

/// What the encoder made of a batch of sentences.
struct EncoderOutput {
  Variable states;  // [batch, source, d_model]
  Tensor lengths;   // [batch] i32
};

/// The encoder-decoder of "Attention Is All You Need" (Vaswani et al. 2017).
class Transformer : public Module {
 public:
  Transformer(const TransformerOptions& options, Initializer& init);

  /// The whole network, for training: what it expects after each target token.
  /// \param target  begins with <s>; position t sees tokens 0 … t
  /// \return        logits `[batch, target, target_vocab]`
  Variable operator()(const Tokens& source, const Tensor& target) const;

  EncoderOutput encode(const Tokens& source) const;
  /// \return `[batch, target, target_vocab]`
  Variable decode(const Tensor& target, const EncoderOutput& memory) const;
  /// What the decoder has made of each target token: `[batch, target, d_model]`.
  Variable decode_states(const Tensor& target, const EncoderOutput& memory) const;
  /// \param states  `[..., d_model]`
  /// \return        `[..., target_vocab]`
  Variable logits(const Variable& states) const { return output_(states); }
  /// The mean cross entropy of the targets, i32 `[row]`, given states `[row, d_model]`: as
  /// `cross_entropy(logits(states), targets, options)`, in less memory.
  Variable cross_entropy(const Variable& states, const Tensor& targets,
                         const CrossEntropyOptions& options) const {
    return output_.cross_entropy(states, targets, options);
  }

  /// Decoding on, with everything that was computed before kept: see Decoder.
  DecoderState start(const EncoderOutput& memory) const;
  /// \param inputs  from prepare()
  /// \return        logits `[row, target_vocab]` for the token after the last
  Tensor step(DecoderState& state, const DecoderInputs& inputs) const;
  const Positions& positions() const { return encoder_.positions(); }

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
