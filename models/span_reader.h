#pragma once

#include "models/sequence_encoder.h"
#include "nn/embedding.h"
#include "nn/linear.h"

namespace lectern {

/// Tokens of which something is known besides what they are.
struct MarkedTokens {
  Tokens tokens;
  Tensor marks;  // [batch, length] i32, the kind of every token
};

/// Finds the part of a passage that answers a question: an encoder reads both as one sequence, and a
/// linear layer says of every token of the passage how well the answer could begin there, and end.
///
/// \f[ p_{\mathrm{start}}(i) = \mathrm{softmax}_i(x_i \cdot w_1 + b_1), \qquad
///     p_{\mathrm{end}}(i) = \mathrm{softmax}_i(x_i \cdot w_2 + b_2) \f]
///
/// The question lies in the first `room` tokens of every sequence, filled up with padding that is read
/// like any token: so nothing depends on how long the questions of a batch are, and `room` global
/// tokens of a window are just the question. What kind a token is (of the question or the passage, a
/// word that both have) is an embedding of its own, added to the token's, as BERT adds its segments and
/// Chen et al. 2017 ("Reading Wikipedia to Answer Open-Domain Questions", §3.2) give exact matches.
///
/// Source: Devlin et al. 2019, "BERT", §4.2.
class SpanReader : public Module {
 public:
  struct Options {
    SequenceEncoderOptions encoder;  ///< not causal
    std::int64_t room = 0;           ///< tokens in front of the passage
    std::int64_t marks = 1;          ///< kinds of tokens
  };
  SpanReader(const Options& options, Initializer& init);

  /// \param hidden  f32 `[batch, 1, passage]`: 0 where a token of the passage stands, and `never` at
  ///                padding
  /// \return        logits of start and end, `[batch, 2, passage]`, passage = length − room
  Variable operator()(const MarkedTokens& input, const Tensor& hidden,
                      Where where = Where::current()) const;

  void visit(Visitor& visitor) override;
  const Options& options() const { return options_; }

  /// What is added to a logit so that its softmax is 0: large, but no infinity.
  static constexpr float never = -1e9f;

 private:
  Options options_;
  SequenceEncoder encoder_;
  Embedding marks_;
  Linear output_;
};

}  // namespace lectern
