#include "nn/embedding.h"

#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/gather.h"

namespace lectern {

Embedding::Embedding(std::int64_t vocab, std::int64_t d_model, Initializer& init)
    : weight_(Variable::parameter(
          init.normal({vocab, d_model}, 1.0 / std::sqrt(static_cast<double>(d_model))))) {}

Variable Embedding::operator()(const Tensor& tokens, Where where) const {
  return scale(embedding(weight_, tokens, where), std::sqrt(static_cast<double>(weight_.dim(1))),
               where);
}

}  // namespace lectern
