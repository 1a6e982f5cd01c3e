#include "nn/embedding.h"

#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/gather.h"

namespace lectern {

namespace {

Tensor first_numbers(std::int64_t vocab, std::int64_t d_model, Initializer& init,
                     EmbeddingInit kind) {
  switch (kind) {
    case EmbeddingInit::normal:
      return init.normal({vocab, d_model}, 1.0 / std::sqrt(static_cast<double>(d_model)));
    case EmbeddingInit::xavier_uniform: return init.xavier_uniform(vocab, d_model);
  }
  return {};
}

}  // namespace

Embedding::Embedding(std::int64_t vocab, std::int64_t d_model, Initializer& init,
                     const EmbeddingOptions& options)
    : weight_(Variable::parameter(first_numbers(vocab, d_model, init, options.init))),
      scale_(options.scale) {}

Variable Embedding::operator()(const Tensor& tokens, Where where) const {
  const PartAtWork at_work(*this);
  const Variable vectors = embedding(weight_, tokens, where);  // [batch, length, d_model]
  if (!scale_) return vectors;
  return scale(vectors, std::sqrt(static_cast<double>(weight_.dim(1))), where);
}

}  // namespace lectern
