#include "attention/ops/lsh/lsh_buckets.h"

#include <algorithm>

#include "attention/ops/lsh/lsh_buckets_kernels.h"
#include "tensor/launch.h"
#include "tensor/ops/permute.h"

namespace lectern {

Tensor lsh_directions(const Tensor& like, const LshOptions& lsh, RandomKey key) {
  const std::int64_t direction = most_directions(lsh, like.dim(2));
  const Tensor drawn =  // [direction, head, round, d_head]: the number of directions moves nothing
      random_normal({direction, like.dim(1), lsh.rounds, like.dim(3)}, 1, key, like.dtype());
  return permute(drawn.to(like.device()), {1, 2, 0, 3});
}

Tensor lsh_buckets(const Tensor& q, const Tensor& directions, const LshOptions& lsh,
                   const Mask& mask) {
  check(q.rank() == 4 && directions.rank() == 4, [&] {
    return text("LSH needs queries [batch, head, length, d_head] and directions [head, round, ",
                "direction, d_head], got ", q.shape(), " and ", directions.shape());
  });
  const std::int64_t batch = q.dim(0), head = q.dim(1), length = q.dim(2), d_head = q.dim(3);
  const std::int64_t round = lsh.rounds;
  const std::int64_t direction = std::max(directions.dim(2), most_directions(lsh, length));
  EXPECT_SHAPE(directions, head, round, direction, d_head);
  check_mask(mask, batch, head, length);
  Tensor buckets({batch, head, round, length}, DType::i32, q.device());
  const LshHash hash{q, directions, lsh, mask.key_lengths};
  launch(q, [&](auto device, auto number) {
    lsh_buckets_kernel<decltype(number)>(device, hash, buckets);
  });
  return buckets;
}

}  // namespace lectern
