#include "attention/exact.h"

#include "attention/scaled_dot_product.h"
#include "attention/table_cache.h"

namespace lectern {
Variable ExactAttention::operator()(const ProjectedTokens& tokens,
                                    const AttentionOptions& options) const {
  return attend(tokens.queries, tokens.keys, tokens.values, options);
}

Tensor ExactAttention::weights(const ProjectedTokens& tokens,
                               const AttentionOptions& options) const {
  return attention_weights(tokens.queries.value(), tokens.keys.value(), options);
}

std::unique_ptr<KeyValueCache> ExactAttention::start(int heads, std::int64_t) const {
  return exact_cache(heads);
}

}  // namespace lectern
