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

Mask window_mask(Window window) { return {.window = std::move(window)}; }

namespace {

void check_window(const Window& window, std::int64_t head) {
  check(window.before >= 0 && window.after >= 0 && window.globals >= 0, [&] {
    return text("a window of ", window.before, " keys before, ", window.after, " after and ",
                window.globals, " global ones; expected none of them negative");
  });
  check(window.dilation >= 1, [&] {
    return text("a window's dilation is ", window.dilation, ", expected 1 (no gaps) or more");
  });
  if (window.head_reach.defined()) EXPECT_SHAPE(window.head_reach, head);
}

}  // namespace

void check_mask(const Mask& mask, std::int64_t batch, std::int64_t head, std::int64_t key) {
  if (mask.window) check_window(*mask.window, head);
  if (!mask.key_lengths.defined()) return;
  EXPECT_SHAPE(mask.key_lengths, batch);
  const std::optional<BadId> bad = find_bad_id(mask.key_lengths, key + 1);
  check(!bad, [&] {
    return text("key_lengths[", bad->position, "] is ", bad->id, ", but sequence ", bad->position,
                " has ", key, " keys; count the tokens before its padding");
  });
}

}  // namespace lectern
