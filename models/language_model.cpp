#include "models/language_model.h"

#include "models/output_layer.h"

namespace lectern {
LanguageModel::LanguageModel(const Options& options, Initializer& init)
    : encoder_(options.encoder, init),
      output_(make_head(options.head, encoder_.embedding(), init)) {
  check(options.encoder.causal, "a language model must not see the tokens that it predicts");
}

Tensor LanguageModel::step(DecoderState& state, const DecoderInputs& inputs) const {
  const NoGradient no_gradient;
  return (*output_)(last_of(encoder_.step(state, inputs))).value();
}

void LanguageModel::visit(Visitor& visitor) {
  visitor("encoder", encoder_);
  visitor("generator", *output_);
}

}  // namespace lectern
