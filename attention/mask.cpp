#include "attention/mask.h"

#include <utility>

#include "tensor/ops/ids.h"

namespace lectern {

Mask no_mask() { return {}; }
Mask causal_mask() { return {.causal = true}; }
Mask padding_mask(Tensor key_lengths) { return {.key_lengths = std::move(key_lengths)}; }
Mask causal_padding_mask(Tensor key_lengths) {
  return {.causal = true, .key_lengths = std::move(key_lengths)};
}

void check_mask(const Mask& mask, std::int64_t batch, std::int64_t key) {
  if (!mask.key_lengths.defined()) return;
  EXPECT_SHAPE(mask.key_lengths, batch);
  const std::optional<BadId> bad = find_bad_id(mask.key_lengths, key + 1);
  check(!bad, [&] {
    return text("key_lengths[", bad->position, "] is ", bad->id, ", but sequence ", bad->position,
                " has ", key, " keys; count the tokens before its padding");
  });
}

}  // namespace lectern
