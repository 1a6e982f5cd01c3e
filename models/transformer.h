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

/// What the decoder remembers between two steps of a search. See Transformer::prepare. A copy shares
/// the tensors, which steps write to: go on with one of the two.
struct DecoderState {
  std::vector<LayerCache> layers;
  Paths sources;                 // of each sentence
  Paths targets;                 // of each hypothesis, undefined before the first token
  std::int64_t steps = 0;        // tokens of each hypothesis
  std::int64_t tokens_read = 0;  // by all hypotheses: the number of the next token
  std::int64_t room = 0;         // the most tokens of a hypothesis before the tensors have to grow
  bool moved = true;             // some tensors are new since somebody set this to false
};

/// What one step of the decoder reads, beside its state.
struct DecoderInputs {
  Tensor tokens;    // i32 [row], the newest token of every hypothesis; rows grouped by sentence
  Tensor order;     // i32 [row], the row of the step before that each row continues
  Tensor numbers;   // i32 [row], where the step keeps what it calculates of the newest tokens
  Tensor position;  // where the tables of positions hold the newest tokens' one
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

  /// Decoding one token at a time, with everything that was computed before kept.
  DecoderState start(const EncoderOutput& memory) const;
  /// First, on the host: counts and makes room.
  /// \param tokens  `[row]` i32, the newest token of every hypothesis; rows are grouped by sentence
  /// \param order   `[row]` i32, the row of the step before that each row continues
  DecoderInputs prepare(DecoderState& state, const Tensor& tokens, const Tensor& order) const;
  /// Then kernels alone, over tensors of the same shapes at the same places until `moved` is set: a
  /// GPU can record it.
  /// \return  logits `[row, target_vocab]` for the next token
  Tensor step(DecoderState& state, const DecoderInputs& inputs) const;

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

/// Keeps only some sentences of a search: sentence i is from now on what was sentence `kept[i]`.
/// \param kept  i32 `[batch']`
void select_sentences(DecoderState& state, const Tensor& kept);

}  // namespace lectern
