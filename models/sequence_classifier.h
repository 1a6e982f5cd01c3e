#pragma once

#include "models/sequence_encoder.h"
#include "nn/linear.h"

namespace lectern {

/// Puts a whole sequence into one of a few classes: an encoder, whose first token stands for all of
/// them, and a linear layer (as BERT's [CLS], Devlin et al. 2019, §3).
class SequenceClassifier : public Module {
 public:
  struct Options {
    SequenceEncoderOptions encoder;
    std::int64_t classes = 0;
  };
  SequenceClassifier(const Options& options, Initializer& init);

  /// \param tokens  each sequence begins with a token that stands for the whole
  /// \return        logits `[batch, class]`
  Variable operator()(const Tokens& tokens, Where where = Where::current()) const;

  void visit(Visitor& visitor) override;
  const SequenceEncoderOptions& options() const { return encoder_.options(); }

 private:
  SequenceEncoder encoder_;
  Linear output_;
};

}  // namespace lectern
