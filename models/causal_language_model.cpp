#include "models/causal_language_model.h"

#include "autograd/ops/permute.h"

namespace lectern {

Variable CausalLanguageModel::loss(const Tokens& tokens, const Tensor& targets,
                                   const CrossEntropyOptions& options) const {
  const std::int64_t batch = tokens.ids.dim(0), length = tokens.ids.dim(1);
  EXPECT_SHAPE(targets, batch, length);
  const Variable read = states(tokens);  // [batch, length, d_model]
  return cross_entropy(reshape(read, {batch * length, read.dim(2)}),
                       targets.reshape({batch * length}), options);
}

}  // namespace lectern
