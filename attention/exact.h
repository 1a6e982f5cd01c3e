#pragma once

#include "attention/pattern.h"

namespace lectern {

/// Full (dense) attention: a query attends to every key that the mask leaves. attend, as a pattern.
class ExactAttention : public AttentionPattern {
 public:
  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;
  bool is_exact() const override { return true; }
  bool is_causal() const override { return true; }
  /// Keeps the keys and values of all tokens: see table_cache.h.
  std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const override;
};

}  // namespace lectern
