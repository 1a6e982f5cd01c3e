#pragma once

#include "models/causal_language_model.h"
#include "models/language_model_head.h"
#include "models/sequence_encoder.h"

namespace lectern {

/// A decoder-only Transformer: the probability of every next token, given those before it (Radford
/// et al. 2018; with LSH attention and reversible layers, Kitaev et al. 2020).
class LanguageModel : public CausalLanguageModel {
 public:
  struct Options {
    SequenceEncoderOptions encoder;  ///< must be causal
    HeadOptions head = {};
  };
  LanguageModel(const Options& options, Initializer& init);

  Variable states(const Tokens& tokens, Where where = Where::current()) const override {
    return encoder_(tokens, where);
  }
  Variable logits(const Variable& states) const override { return (*output_)(states); }

  DecoderState start(std::int64_t length) const override { return encoder_.start(length); }
  Tensor step(DecoderState& state, const DecoderInputs& inputs) const override;
  const Positions* positions() const override { return &encoder_.positions(); }
  std::int64_t max_length() const override { return options().max_length; }

  void visit(Visitor& visitor) override;
  const SequenceEncoderOptions& options() const { return encoder_.options(); }

 private:
  Variable cross_entropy(const Variable& states, const Tensor& targets,
                         const CrossEntropyOptions& options) const override {
    return output_->cross_entropy(states, targets, options);
  }

  SequenceEncoder encoder_;
  std::unique_ptr<LanguageModelHead> output_;
};

}  // namespace lectern
