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
  Variable operator()(const Tokens& tokens) const { return output_(encoder_(tokens)); }

  /// The mean cross entropy of the targets, in natural units.
  /// \param targets  i32 `[batch, length]`, the token after each; `ignore` counts for nothing
  Variable loss(const Tokens& tokens, const Tensor& targets,
                const CrossEntropyOptions& options = {}) const;

  /// Reading one token at a time, with everything that was computed before kept.
  SequenceEncoder::State start(std::int64_t batch, std::int64_t length) const {
    return encoder_.start(batch, length);
  }
  /// \param tokens  i32 `[batch]`
  /// \return        logits `[batch, vocab]`
  Tensor step(SequenceEncoder::State& state, const Tensor& tokens) const;

  void visit(Visitor& visitor) override;
  const SequenceEncoderOptions& options() const { return encoder_.options(); }

 private:
  SequenceEncoder encoder_;
  OutputLayer output_;
};

}  // namespace lectern
