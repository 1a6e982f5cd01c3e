#pragma once

#include <memory>
#include <vector>

#include "attention/pattern_options.h"
#include "models/decoder_state.h"
#include "models/encoder_layer.h"
#include "models/tokens.h"
#include "nn/embedding.h"
#include "nn/positions.h"

namespace lectern {

/// The size of a SequenceEncoder.
struct SequenceEncoderOptions {
  std::int64_t vocab = 0;
  LayerOptions layer = {};
  int num_layers = 6;
  /// The patterns of attention, layer after layer, from the first again when they end.
  std::vector<PatternOptions> attention = {{}};
  /// Two residual streams that need not be remembered for the backward pass; needs norm_first.
  bool reversible = false;
  bool causal = true;  ///< a token sees only what came before it
  EmbeddingOptions embedding = {};
  PositionKind positions = PositionKind::sinusoidal;
  std::int64_t max_length = 512;  ///< longest sequence, in tokens
  bool embedding_norm = false;    ///< layer norm of the embedding and its position, as BERT has it
};

/// Throws unless ids are i32 `[batch, length]`.
void check_token_ids(const Tensor& ids, Where where = Where::current());

/// One sequence of tokens through a stack of layers that look at it: what a language model, a
/// classifier and an encoder have in common.
class SequenceEncoder : public Module {
 public:
  SequenceEncoder(const SequenceEncoderOptions& options, Initializer& init);
  /// Shares its tables with other parts of a model.
  struct Tables {
    Embedding embedding;
    Positions positions;
  };
  SequenceEncoder(const SequenceEncoderOptions& options, const Tables& tables, Initializer& init);

  /// \return `[batch, length, d_model]`
  /// Errors: ids of another shape; more tokens than max_length.
  Variable operator()(const Tokens& tokens, Where where = Where::current()) const;
  /// \param known  `[batch, length, d_model]`: what else is known of every token, added to its
  ///               embedding and its position, as BERT's segments are
  Variable operator()(const Tokens& tokens, const Variable& known,
                      Where where = Where::current()) const;

  /// Reading on, with everything that was computed before kept: an empty state for sequences of at
  /// most `length` tokens. Throws where some layer's pattern cannot.
  DecoderState start(std::int64_t length) const;
  /// \param inputs  from prepare()
  /// \return        `[row, n, d_model]`
  Variable step(DecoderState& state, const DecoderInputs& inputs) const;

  void visit(Visitor& visitor) override;
  const SequenceEncoderOptions& options() const { return options_; }

  // Its parts, for a model that shares them or gives them names of its own.
  Embedding& embedding() { return embedding_; }
  Positions& positions() { return positions_; }
  const Positions& positions() const { return positions_; }
  Dropout& dropout() { return dropout_; }
  /// `layers` and `norm`, which come after the embedding.
  void visit_layers(Visitor& visitor);

 private:
  /// Embeddings with their positions, `[batch, length, d_model]`.
  Variable embed(const Tensor& ids, Where where) const {
    return positions_(embedding_(ids, where), 0, where);
  }
  /// Through the layers.
  Variable read(const Variable& embedded, const Tokens& tokens) const;
  /// \param x  embeddings, with their positions
  Variable enter(const Variable& x) const {
    return dropout_(embedding_norm_.empty() ? x : embedding_norm_[0](x));
  }

  SequenceEncoderOptions options_;
  Embedding embedding_;
  Positions positions_;
  std::vector<LayerNorm> embedding_norm_;  // one or none
  Dropout dropout_;
  std::vector<EncoderLayer> layers_;
  std::vector<LayerNorm> final_norm_;  // pre-norm only
};

}  // namespace lectern
