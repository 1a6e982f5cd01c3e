#pragma once

#include <optional>

#include "attention/score_attention.h"
#include "models/encoder_decoder.h"
#include "models/output_layer.h"
#include "models/tied_embeddings.h"
#include "nn/embedding.h"
#include "nn/linear.h"

namespace lectern {

/// The size of a RecurrentTranslator.
struct RecurrentTranslatorOptions {
  std::int64_t source_vocab = 0;
  std::int64_t target_vocab = 0;
  std::int64_t d_model =
      512;  ///< of embeddings and states; even where the encoder is bidirectional
  int num_encoder_layers = 2;
  int num_decoder_layers = 2;  ///< as many: each starts from the encoder's layer
  double dropout = 0.1;  ///< of embeddings, between layers, and of what the output layer reads
  CellKind cell = CellKind::lstm;
  /// Each direction of the encoder has half of d_model, so that both side by side have all of it.
  bool bidirectional = true;
  /// How the decoder looks at the source; `none`: the bottleneck.
  ScoreKind attention_score = ScoreKind::dot_product;
  std::int64_t max_length = 512;  ///< longest sequence, in tokens
  EmbeddingOptions embedding = {};
  TiedEmbeddings tie_embeddings = TiedEmbeddings::none;

  RecurrentOptions encoder() const;
  RecurrentOptions decoder() const;
};

/// A recurrent encoder and a recurrent decoder, with attention between them or without.
///
/// **The bottleneck.** The encoder reads the source; what its cells remember at the end is what the
/// decoder's begin with, and all that they know of it: Cho et al. 2014, "Learning Phrase
/// Representations using RNN Encoder-Decoder", section 2.2; Sutskever, Vinyals and Le 2014, "Sequence
/// to Sequence Learning with Neural Networks", section 2.
///
/// **Attention.** Beside that, the decoder looks back at every state of the encoder, in the order of
/// Luong, Pham and Manning 2015, "Effective Approaches to Attention-based Neural Machine Translation",
/// section 3.1, whatever the score:
///
/// \f[ h_t = \mathrm{cell}(y_{t-1}, h_{t-1}), \qquad
///     \alpha_t = \mathrm{softmax}_s\, \mathrm{score}(h_t, \bar h_s), \qquad
///     c_t = \sum_s \alpha_{ts} \bar h_s, \f]
/// \f[ \tilde h_t = \tanh\bigl([c_t; h_t]\, W_c + b\bigr) \f]
///
/// (equations 7 and 5), and the output layer reads \f$ \tilde h_t \f$ (equation 6). Bahdanau, Cho and
/// Bengio 2015, section 3.1, ask one step earlier: \f$ \alpha_t \f$ by the score of
/// \f$ (h_{t-1}, \bar h_s) \f$, equation 6, and \f$ c_t \f$ goes into the cell, equation 4. Then no
/// step can be computed before the one before it has looked; in Luong's order the cells read the
/// whole target at once, and so does the attention. (Luong's section 3.3 feeds \f$ \tilde h_{t-1} \f$
/// to the next step, which would cost the same; it is not done here.)
class RecurrentTranslator : public EncoderDecoder {
 public:
  /// Errors: unequal numbers of layers; an odd d_model of a bidirectional encoder; two vocabularies
  /// for tied embeddings.
  RecurrentTranslator(const RecurrentTranslatorOptions& options, Initializer& init);

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
  const Positions* positions() const override { return nullptr; }
  std::int64_t max_length() const override { return options_.max_length; }

  void visit(Visitor& visitor) override;
  const RecurrentTranslatorOptions& options() const { return options_; }

 private:
  /// What the decoder's cells begin with: the encoder's, both directions side by side.
  RecurrentState start_of(const EncoderOutput& memory) const;
  /// From the decoder's states to what the output layer reads.
  /// \param states  `[sentence, query, d_model]`
  /// \param source  `[sentence, source, d_model]`
  Variable look_back(const Variable& states, const Variable& source, const Tensor& lengths) const;

  RecurrentTranslatorOptions options_;
  Embedding source_embedding_, target_embedding_;
  Dropout source_dropout_, target_dropout_;
  Recurrent encoder_, decoder_;
  std::optional<ScoreAttention> attention_;  // none: the bottleneck
  std::optional<Linear> combine_;            // W_c, with attention
  Dropout output_dropout_;
  OutputLayer output_;
};

}  // namespace lectern
