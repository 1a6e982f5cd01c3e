#include "models/masked_lm.h"

#include "autograd/ops/gather.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"

namespace lectern {
namespace {

SequenceEncoderOptions with_norm(SequenceEncoderOptions options) {
  options.embedding_norm = true;
  return options;
}

}  // namespace

MaskedLanguageModel::MaskedLanguageModel(const Options& options, Initializer& init)
    : encoder_(with_norm(options.encoder), init),
      transform_(options.encoder.layer.d_model, options.encoder.layer.d_model, init),
      transform_norm_(options.encoder.layer.d_model, init, options.encoder.layer.layer_norm_eps),
      output_(encoder_.embedding().weight(), init) {
  check(!options.encoder.causal, "a masked token is told by what follows it, too");
}

Variable MaskedLanguageModel::operator()(const Tokens& tokens, Where where) const {
  return output_(transformed(encoder_(tokens, where)));
}

Variable MaskedLanguageModel::at(const Tokens& tokens, const Tensor& places) const {
  return output_(states_at(tokens, places));
}

Variable MaskedLanguageModel::loss(const Tokens& tokens, const Tensor& places,
                                   const Tensor& targets,
                                   const CrossEntropyOptions& options) const {
  return output_.cross_entropy(states_at(tokens, places), targets, options);
}

Variable MaskedLanguageModel::states_at(const Tokens& tokens, const Tensor& places) const {
  const Variable x = encoder_(tokens);  // [batch, length, d_model]
  const Variable rows = reshape(x, {x.dim(0) * x.dim(1), x.dim(2)});
  return transformed(embedding(rows, places));  // [place, d_model]
}

Variable MaskedLanguageModel::transformed(const Variable& x) const {
  return transform_norm_(gelu(transform_(x)));
}

void MaskedLanguageModel::visit(Visitor& visitor) {
  visitor("encoder", encoder_);
  visitor("transform", transform_);
  visitor("transform_norm", transform_norm_);
  visitor("generator", output_);
}

}  // namespace lectern
