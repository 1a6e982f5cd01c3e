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
Mask pair_mask(Mask::PairRule sees) { return {.pairs = std::move(sees)}; }

void check_no_pairs(const Mask& mask, const char* kernel) {
  check(!mask.pairs, [&] {
    return text(kernel,
                " got a pair_mask, a function that its kernel cannot ask; take the "
                "definition (attend_by_definition, or a ByDefinition around the call)");
  });
}

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

void check_blocks(const Blocks& blocks, bool and_a_window) {
  constexpr std::int64_t largest = 1 << 14;  // kernels count in 32 bits
  const auto holds = [](std::int64_t number, std::int64_t least) {
    return least <= number && number <= largest;
  };
  check(holds(blocks.size, 1) && holds(blocks.reach, 0) && !and_a_window, [&] {
    return text("a mask of blocks of ", blocks.size, " tokens with a reach of ", blocks.reach,
                and_a_window ? " and a window" : "", "; expected 1 to ", largest,
                " tokens, a reach of 0 to ", largest, ", and no window");
  });
}

}  // namespace

std::vector<std::int32_t> tokens_of_each(const Mask& mask, std::int64_t batch, std::int64_t key) {
  if (mask.key_lengths.defined()) return mask.key_lengths.to_vector<std::int32_t>();
  return std::vector<std::int32_t>(static_cast<std::size_t>(batch), static_cast<std::int32_t>(key));
}

void check_mask(const Mask& mask, std::int64_t batch, std::int64_t head, std::int64_t key) {
  if (mask.window) check_window(*mask.window, head);
  if (mask.blocks) check_blocks(*mask.blocks, mask.window.has_value());
  if (!mask.key_lengths.defined()) return;
  EXPECT_SHAPE(mask.key_lengths, batch);
  const std::optional<BadId> bad = find_bad_id(mask.key_lengths, key + 1);
  check(!bad, [&] {
    return text("key_lengths[", bad->position, "] is ", bad->id, ", but sequence ", bad->position,
                " has ", key, " keys; count the tokens before its padding");
  });
}

}  // namespace lectern
