#pragma once

#include <memory>
#include <vector>

#include "attention/pattern_options.h"
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
  PositionKind positions = PositionKind::sinusoidal;
  std::int64_t max_length = 512;  ///< longest sequence, in tokens
};

/// Throws unless ids are i32 `[batch, length]`.
void check_token_ids(const Tensor& ids);

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
  Variable operator()(const Tokens& tokens) const;

  /// What it remembers while it reads one token at a time.
  struct State {
    std::vector<std::unique_ptr<AttentionPattern::Memory>> layers;
    std::int64_t tokens_read = 0;  // of each sequence
  };
  State start(std::int64_t batch, std::int64_t length) const;
  /// \param tokens  i32 `[batch]`, the next token of every sequence
  /// \return        `[batch, 1, d_model]`
  Variable step(State& state, const Tensor& tokens) const;

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
  SequenceEncoderOptions options_;
  Embedding embedding_;
  Positions positions_;
  Dropout dropout_;
  std::vector<EncoderLayer> layers_;
  std::vector<LayerNorm> final_norm_;  // pre-norm only
};

}  // namespace lectern
