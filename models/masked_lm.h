#pragma once

#include "models/output_layer.h"
#include "models/sequence_encoder.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"

namespace lectern {

/// An encoder that says, of tokens that were hidden, which they were, from both sides of them
/// (Devlin et al. 2019, "BERT", §3.1, task 1).
///
/// \f[ h = \mathrm{norm}(\mathrm{gelu}(x\, W + b)), \qquad y = h\, E^\top + c \f]
///
/// x is the encoder's output and E its own embedding. With learned positions, gelu, norms behind the
/// sublayers and no scaled embedding it has the shape of DistilBERT (Sanh et al. 2019): of BERT
/// without segments and pooling. Its parameters there (matrices are `[out, in]`) and here:
///
/// | `DistilBertForMaskedLM` | here |
/// |---|---|
/// | `embeddings.word_embeddings`, `vocab_projector.weight` | `encoder.embedding` |
/// | `embeddings.position_embeddings`, `embeddings.LayerNorm` | `encoder.positions`, `encoder.embedding_norm` |
/// | `attention.q_lin`, `k_lin`, `v_lin`, `out_lin` | `self_attention.query`, `key`, `value`, `output` |
/// | `sa_layer_norm`, `output_layer_norm` | `norm1`, `norm2` |
/// | `ffn.lin1`, `ffn.lin2` | `feed_forward.linear1`, `linear2` |
/// | `vocab_transform`, `vocab_layer_norm`, `vocab_projector.bias` | `transform`, `transform_norm`, `generator.bias` |
class MaskedLanguageModel : public Module {
 public:
  struct Options {
    SequenceEncoderOptions encoder;  ///< not causal; embedding_norm is set by the model
  };
  MaskedLanguageModel(const Options& options, Initializer& init);

  /// What stands at every place.
  /// \return logits `[batch, length, vocab]`
  Variable operator()(const Tokens& tokens, Where where = Where::current()) const;
  /// What stands at some places.
  /// \param places  i32 `[place]`, in the rows of `[batch · length]`
  /// \return        logits `[place, vocab]`
  Variable at(const Tokens& tokens, const Tensor& places) const;

  /// The mean cross entropy of the targets, in natural units.
  /// \param targets  i32 `[place]`; `ignore` counts for nothing
  Variable loss(const Tokens& tokens, const Tensor& places, const Tensor& targets,
                const CrossEntropyOptions& options = {}) const;

  void visit(Visitor& visitor) override;
  const SequenceEncoderOptions& options() const { return encoder_.options(); }

 private:
  /// The vectors at some places, ready for the output layer: `[place, d_model]`
  Variable states_at(const Tokens& tokens, const Tensor& places) const;
  Variable transformed(const Variable& x) const;

  SequenceEncoder encoder_;
  Linear transform_;
  LayerNorm transform_norm_;
  OutputLayer output_;
};

}  // namespace lectern
