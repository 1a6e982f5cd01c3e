#include "attention/cache.h"

namespace lectern {

void KeyValueCache::reorder(const Tensor&) {
  fail(
      "the key/value cache of this pattern of attention cannot follow the hypotheses of a beam, "
      "which fork and change places; decode greedily (a beam of 1) or by sampling once, or "
      "override "
      "KeyValueCache::reorder");
}

void KeyValueCache::keep(const Tensor&) {}

Tensor KeyValueCache::weights(const Tensor&, const NewestTokens&) const {
  fail(
      "the key/value cache of this pattern of attention does not say whom a token looked at; watch "
      "a call with the whole sequence instead");
}

}  // namespace lectern
