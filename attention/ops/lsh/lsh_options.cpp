#include "attention/ops/lsh/lsh_options.h"

#include "tensor/check.h"

namespace lectern {

void check_lsh(const LshOptions& options) {
  const auto expect_positive = [](std::int64_t number, const char* name) {
    check(number >= 1,
          [&] { return text("LSH attention: ", name, " is ", number, ", expected at least 1"); });
  };
  expect_positive(options.rounds, "rounds");
  expect_positive(options.chunk, "chunk");
  expect_positive(options.window, "window");
  check(options.buckets >= 0 && options.buckets % 2 == 0, [&] {
    return text("LSH attention: buckets is ", options.buckets,
                ", expected an even number (each direction has an opposite), or 0 for a number "
                "that fits the length");
  });
  check(options.exact_below >= -1, [&] {
    return text("LSH attention: exact_below is ", options.exact_below,
                ", expected a length, 0 for never, or -1 for the measured one");
  });
}

std::int64_t exact_below(const LshOptions& options) {
  if (options.exact_below >= 0) return options.exact_below;
  // Measured (bench/lsh.cpp): with chunks of 64, 1, 2, 4 and 8 rounds cross exact causal attention,
  // forward and backward on one core, at 175, 520, 1270 and 2800 tokens. That is half of the keys
  // that a tile visits in a round, times 5.8 for each round less 3.2 for the first, which has no
  // earlier rounds to ask.
  constexpr std::int64_t tile_of_queries = 48;
  const std::int64_t keys = options.rule == CandidateRule::chunks
                                ? options.chunk
                                : (options.window + tile_of_queries) / 2;
  return static_cast<std::int64_t>(static_cast<double>(keys) * (5.8 * options.rounds - 3.2));
}

}  // namespace lectern
