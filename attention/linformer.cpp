#include "attention/linformer.h"

#include "attention/ops/mask_scores.h"
#include "attention/scaled_dot_product.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/matmul.h"
#include "tensor/ops/pointwise.h"

namespace lectern {
namespace {

/// One for a real token, zero for padding. `[batch, length, 1]`
Variable real_tokens(const Tensor& tokens, const Tensor& lengths) {
  const std::int64_t batch = tokens.dim(0), length = tokens.dim(1);
  const Tensor scores = zeros({batch, 1, 1, length}, tokens.dtype(), tokens.device());
  return Variable(exp(mask_scores(scores, padding_mask(lengths))).reshape({batch, length, 1}));
}

}  // namespace

LinformerAttention::LinformerAttention(const Options& options, Initializer& init) {
  check(options.max_length > 0 && options.rank > 0, [&] {
    return text("linformer: projections [", options.rank, ", ", options.max_length,
                "] along the length; expected at least one row and one token");
  });
  keys_ = Variable::parameter(init.xavier_uniform(options.rank, options.max_length));
  values_ = Variable::parameter(init.xavier_uniform(options.rank, options.max_length));
}

Variable LinformerAttention::operator()(const ProjectedTokens& tokens,
                                        const AttentionOptions& options) const {
  check(
      !options.mask.causal,
      "linformer got a causal mask, but each of its keys is a sum over all tokens, those that come "
      "later too; take it for an encoder or a masked language model");
  check(!options.mask.window && !options.mask.blocks && !options.mask.pairs,
        "linformer got a mask of pairs, but its keys are sums over all tokens; leave it out");
  check_no_bias(options, "linformer");
  const std::int64_t length = tokens.keys.dim(1);
  check(length <= keys_.dim(1), [&] {
    return text("linformer got ", length, " tokens, but its projections are for ", keys_.dim(1),
                " at most (model.max_length)");
  });
  Variable keys = tokens.keys, values = tokens.values;  // [batch, length, d_model]
  if (options.mask.key_lengths.defined()) {
    const Variable real = real_tokens(keys.value(), options.mask.key_lengths);
    keys = multiply(keys, real);
    values = multiply(values, real);
  }
  AttentionOptions all = options;
  all.mask = no_mask();
  return attend(tokens.queries, matmul(slice(keys_, 1, 0, length), keys),  // [batch, rank, d_model]
                matmul(slice(values_, 1, 0, length), values), all);
}

void LinformerAttention::visit(Visitor& visitor) {
  visitor("keys", keys_);
  visitor("values", values_);
}

}  // namespace lectern
