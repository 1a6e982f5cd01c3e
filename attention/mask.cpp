#include "attention/mask.h"

#include <utility>

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
  const auto* lengths = mask.key_lengths.data<std::int32_t>();
  for (std::int64_t b = 0; b < batch; ++b)
    check(lengths[b] >= 0 && lengths[b] <= key, [&] {
      return text("key_lengths[", b, "] is ", lengths[b], ", but sequence ", b, " has ", key,
                  " keys; count the tokens before its padding");
    });
}

}  // namespace lectern
