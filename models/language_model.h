#pragma once

#include "models/output_layer.h"
#include "models/sequence_encoder.h"

namespace lectern {

/// A decoder-only Transformer: the probability of every next token, given those before it (Radford
/// et al. 2018; with LSH attention and reversible layers, Kitaev et al. 2020).
class LanguageModel : public Module {
 public:
  struct Options {
    SequenceEncoderOptions encoder;  ///< must be causal
    bool tie_embeddings = true;      ///< one table of token vectors, for reading and writing
  };
  LanguageModel(const Options& options, Initializer& init);

  /// \return logits `[batch, length, vocab]` for the token after each
  Variable operator()(const Tokens& tokens, Where where = Where::current()) const {
    return logits(states(tokens, where));
  }
  /// What the output layer reads, `[batch, length, d_model]`.
  Variable states(const Tokens& tokens, Where where = Where::current()) const {
    return encoder_(tokens, where);
  }
  /// \param states  `[..., d_model]`
  /// \return        `[..., vocab]`
  Variable logits(const Variable& states) const { return output_(states); }

  /// The mean cross entropy of the targets, in natural units.
  /// \param targets  i32 `[batch, length]`, the token after each; `ignore` counts for nothing
  Variable loss(const Tokens& tokens, const Tensor& targets,
                const CrossEntropyOptions& options = {}) const;

  /// Reading on, with everything that was computed before kept: see SequenceEncoder and Decoder.
  DecoderState start(std::int64_t length) const { return encoder_.start(length); }
  /// \param inputs  from prepare()
  /// \return        logits `[row, vocab]` for the token after the last
  Tensor step(DecoderState& state, const DecoderInputs& inputs) const;
  const Positions& positions() const { return encoder_.positions(); }

  void visit(Visitor& visitor) override;
  const SequenceEncoderOptions& options() const { return encoder_.options(); }

 private:
  SequenceEncoder encoder_;
  OutputLayer output_;
};

}  // namespace lectern
