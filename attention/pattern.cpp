#include "attention/pattern.h"

#include "autograd/ops/arithmetic.h"

namespace lectern {

Tensor AttentionPattern::weights(const ProjectedTokens&, const AttentionOptions&) const {
  fail(
      "this pattern of attention does not say its weights, so there is nothing to watch; override "
      "AttentionPattern::weights");
}

std::unique_ptr<AttentionPattern::Memory> AttentionPattern::start(std::int64_t, std::int64_t,
                                                                  int) const {
  fail(
      "this pattern of attention cannot go on one token at a time: what a token sees depends on "
      "tokens after it; give it the whole sequence for every token");
}

Variable pattern_penalty(Module& model) {
  Variable total;
  for (const auto& [name, pattern] : parts_of<AttentionPattern>(model)) {
    const Variable penalty = pattern->penalty();
    if (penalty.defined()) total = total.defined() ? add(total, penalty) : penalty;
  }
  return total;
}

void after_step(Module& model) {
  for (const auto& [name, pattern] : parts_of<AttentionPattern>(model)) pattern->after_step();
}

}  // namespace lectern
