#include "attention/pattern_operations.h"

#include <algorithm>

#include "attention/adaptive_span.h"
#include "attention/dynamic_convolution.h"
#include "attention/ops/linear/attend_linear.h"

namespace lectern {
namespace {

/// Of pairs that meet in every head: q·k and the weight times v.
std::int64_t operations_of_pairs(std::int64_t pairs, const SequenceSize& size) {
  return 4 * size.d_model * pairs;
}

std::int64_t all_pairs(std::int64_t length, bool causal) {
  return causal ? length * (length + 1) / 2 : length * length;
}

/// Pairs of a query and a key that lies 1 … `keys` steps of `step` tokens to one side of it.
std::int64_t pairs_to_one_side(std::int64_t keys, std::int64_t step, std::int64_t length) {
  const std::int64_t steps = std::min(keys, (std::max<std::int64_t>(length, 1) - 1) / step);
  return steps * length - step * steps * (steps + 1) / 2;
}

}  // namespace

std::int64_t pairs_in_window(const Window& window, std::int64_t length, bool causal) {
  return length + pairs_to_one_side(window.before, window.dilation, length) +
         (causal ? 0 : pairs_to_one_side(window.after, window.dilation, length));
}

std::int64_t exact_operations(const PatternOptions&, const SequenceSize& size) {
  return operations_of_pairs(all_pairs(size.length, size.causal), size);
}

std::int64_t window_operations(const PatternOptions& options, const SequenceSize& size) {
  const std::int64_t globals = std::min(options.window.globals, size.length);
  const std::int64_t others = size.length - globals, seen = size.causal ? globals : size.length;
  const std::int64_t pairs = pairs_in_window(options.window, others, size.causal) +
                             others * globals +
                             (size.causal ? all_pairs(globals, true) : globals * seen);
  const std::int64_t projected = globals > 0 ? globals + 2 * seen : 0;
  return operations_of_pairs(pairs, size) + 2 * size.d_model * size.d_model * projected;
}

std::int64_t adaptive_span_operations(const PatternOptions& options, const SequenceSize& size) {
  // Beyond the longest span lies a ramp, of whose last token nothing is seen.
  const auto ramp = static_cast<std::int64_t>(AdaptiveSpanAttention::Options{}.ramp);
  const std::int64_t reach = options.longest + ramp - 1;
  const Window window{.before = reach, .after = reach};
  return operations_of_pairs(pairs_in_window(window, size.length, size.causal), size);
}

namespace {

/// Pairs of positions in a round whose chunks are one apart at most.
std::int64_t pairs_of_chunks(std::int64_t chunk, std::int64_t length, bool causal) {
  const std::int64_t whole = length / chunk, rest = length % chunk;
  const std::int64_t own = whole * chunk * chunk + rest * rest;
  const std::int64_t before =
      std::max<std::int64_t>(whole - 1, 0) * chunk * chunk + (whole > 0 ? chunk * rest : 0);
  return own + (causal ? before : 2 * before);
}

}  // namespace

std::int64_t lsh_operations(const PatternOptions& options, const SequenceSize& size) {
  const LshOptions& lsh = options.lsh;
  const std::int64_t length = size.length;
  if (length < exact_below(lsh)) return operations_of_pairs(all_pairs(length, size.causal), size);
  const bool chunks = lsh.rule == CandidateRule::chunks;
  const std::int64_t pairs =
      chunks ? pairs_of_chunks(lsh.chunk, length, size.causal)
             : pairs_in_window({.before = lsh.window, .after = lsh.window}, length, size.causal);
  const std::int64_t directions = bucket_factors(lsh, length).directions();
  return lsh.rounds * (operations_of_pairs(pairs, size) + 2 * size.d_model * length * directions);
}

std::int64_t linear_operations(const PatternOptions&, const SequenceSize& size) {
  const std::int64_t d_head = size.d_model / size.heads;
  const std::int64_t whole = size.length / linear_tile, rest = size.length % linear_tile;
  const std::int64_t pairs =
      size.causal ? whole * all_pairs(linear_tile, true) + all_pairs(rest, true) : 0;
  return 4 * size.d_model * d_head * size.length + operations_of_pairs(pairs, size);
}

std::int64_t linformer_operations(const PatternOptions& options, const SequenceSize& size) {
  const std::int64_t rank = options.own.whole("rank");
  return 4 * rank * size.length * size.d_model + operations_of_pairs(size.length * rank, size);
}

std::int64_t dynamic_convolution_operations(const PatternOptions& options,
                                            const SequenceSize& size) {
  const std::int64_t taps = options.own.whole("kernel_size"), chunk = convolution_chunk(taps);
  const std::int64_t chunks = (size.length + chunk - 1) / chunk;
  return 2 * size.d_model * (size.length * taps + chunks * chunk * (chunk + taps - 1));
}

std::int64_t hierarchical_operations(const PatternOptions& options, const SequenceSize& size) {
  const std::int64_t block = options.own.whole("block_length"), length = size.length;
  const std::int64_t blocks = (length + block - 1) / block;
  std::int64_t pairs = 0;
  for (std::int64_t own = 0; own < blocks; ++own) {
    const std::int64_t begin = own * block, tokens = std::min(begin + block, length) - begin;
    const std::int64_t before = begin - std::max<std::int64_t>(own - 1, 0) * block;
    const std::int64_t after = std::min(begin + 2 * block, length) - begin - tokens;
    const std::int64_t far_before = std::max<std::int64_t>(own - 1, 0);
    const std::int64_t far_after = std::max<std::int64_t>(blocks - own - 2, 0);
    pairs += all_pairs(tokens, size.causal) + tokens * (before + far_before);
    if (!size.causal) pairs += tokens * (after + far_after);
  }
  return operations_of_pairs(pairs, size);
}

}  // namespace lectern
