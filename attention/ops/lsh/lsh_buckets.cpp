#include "attention/ops/lsh/lsh_buckets.h"

#include "attention/ops/lsh/lsh_buckets_kernels.h"

namespace lectern {

Tensor lsh_directions(const Tensor& like, BucketFactors factors, int rounds, RandomKey key) {
  return random_normal({like.dim(1), rounds, factors.directions(), like.dim(3)}, 1, key,
                       like.dtype())
      .to(like.device());
}

Tensor lsh_buckets(const Tensor& q, const Tensor& directions, BucketFactors factors,
                   const Mask& mask) {
  check(q.rank() == 4 && directions.rank() == 4, [&] {
    return text("LSH needs queries [batch, head, length, d_head] and directions [head, round, ",
                "direction, d_head], got ", q.shape(), " and ", directions.shape());
  });
  const std::int64_t batch = q.dim(0), head = q.dim(1), length = q.dim(2), d_head = q.dim(3);
  const std::int64_t round = directions.dim(1), direction = factors.directions();
  EXPECT_SHAPE(directions, head, round, direction, d_head);
  check_mask(mask, batch, head, length);
  Tensor buckets({batch, head, round, length}, DType::i32, q.device());
  const LshHash hash{q, directions, factors, mask.key_lengths};
  launch(q, [&](auto device, auto number) {
    lsh_buckets_kernel<decltype(number)>(device, hash, buckets);
  });
  return buckets;
}

}  // namespace lectern
