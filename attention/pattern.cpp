#include "attention/pattern.h"

namespace lectern {

std::unique_ptr<AttentionPattern::Memory> AttentionPattern::start(std::int64_t, std::int64_t,
                                                                  int) const {
  fail(
      "this pattern of attention cannot go on one token at a time: what a token sees depends on "
      "tokens after it; give it the whole sequence for every token");
}

}  // namespace lectern
