// 64 tokens are hashed twice: whom does token 10 meet? And the kernel does what is meant.
#include <iostream>

#include "lectern.h"
using namespace lectern;

int main() {
  const Variable x(random_normal({1, 64, 16}, 1.0, {.seed = 1}));
  const LshOptions lsh{.rounds = 2, .chunk = 16, .exact_below = 1};
  const AttentionOptions options{.heads = 1};
  const Tensor buckets = lsh_buckets_of(x.value(), lsh, options, {});  // [1, head, round, token]
  for (const std::int64_t round : {0, 1}) {
    std::cout << "\nround " << round << ", bucket " << buckets.at({0, 0, round, 10}) << ":";
    for (auto i : bucket_mates(buckets, {.round = round, .token = 10})) std::cout << " " << i;
  }
  const Variable y = attend_lsh(x, x, buckets, lsh, options);
  const Variable meant = attend_lsh_by_definition(x, x, buckets, lsh, options);
  std::cout << "\nerror of the kernel: " << sum(square(y - meant)).value() << "\n";
}
