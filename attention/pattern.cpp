#include "attention/pattern.h"

#include <iostream>
#include <mutex>

#include "attention/replay_cache.h"
#include "autograd/ops/arithmetic.h"

namespace lectern {

Tensor AttentionPattern::weights(const ProjectedTokens&, const AttentionOptions&) const {
  fail(
      "this pattern of attention does not say its weights, so there is nothing to watch; override "
      "AttentionPattern::weights");
}

std::unique_ptr<KeyValueCache> AttentionPattern::start(int heads, std::int64_t) const {
  check(
      is_causal(),
      "this pattern of attention cannot go on token by token: what a token sees depends on tokens "
      "after it, or the pattern does not say otherwise; where it is causal, override "
      "AttentionPattern::is_causal");
  static std::once_flag said;
  std::call_once(said, [] {
    std::clog
        << "a pattern of attention brings no key/value cache: it runs over the whole sequence "
           "again for every token (AttentionPattern::start)\n";
  });
  return replay_cache(*this, heads);
}

Variable regularization_loss(Module& model) {
  Variable total;
  for (const auto& [name, pattern] : parts_of<AttentionPattern>(model)) {
    const Variable loss = pattern->regularization_loss();
    if (loss.defined()) total = total.defined() ? add(total, loss) : loss;
  }
  return total;
}

void after_step(Module& model) {
  for (const auto& [name, pattern] : parts_of<AttentionPattern>(model)) pattern->after_step();
}

}  // namespace lectern
