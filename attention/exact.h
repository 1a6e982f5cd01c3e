#pragma once

#include "attention/pattern.h"

namespace lectern {

/// Every visible pair meets: attend, as a pattern.
class ExactAttention : public AttentionPattern {
 public:
  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;
  bool is_exact() const override { return true; }
  /// Keeps the keys and values of all tokens: memory linear in length, as the time of a step.
  std::unique_ptr<Memory> start(std::int64_t batch, std::int64_t length, int heads) const override;
};

}  // namespace lectern
