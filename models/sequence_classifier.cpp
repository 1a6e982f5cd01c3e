#include "models/sequence_classifier.h"

#include "autograd/ops/concatenate.h"
#include "autograd/ops/permute.h"

namespace lectern {

SequenceClassifier::SequenceClassifier(const Options& options, Initializer& init)
    : encoder_(options.encoder, init),
      output_(options.encoder.layer.d_model, options.classes, init) {
  check(!options.encoder.causal,
        "the first token stands for the whole sequence, so it must see what follows");
}

Variable SequenceClassifier::operator()(const Tokens& tokens, Where where) const {
  const Variable states = encoder_(tokens, where);  // [batch, length, d_model]
  const Variable first = slice(states, 1, 0, 1);
  return output_(reshape(first, {states.dim(0), states.dim(2)}));
}

void SequenceClassifier::visit(Visitor& visitor) {
  visitor("encoder", encoder_);
  visitor("output", output_);
}

}  // namespace lectern
