#pragma once

#include "attention/ops/lsh/lsh_buckets.h"
#include "tensor/tensor.h"

namespace lectern {

/// What the kernels behind lsh_buckets.h are given, checked.
struct LshHash {
  const Tensor &q, &directions;
  const LshOptions& lsh;
  const Tensor& lengths;  ///< i32 `[batch]`, or undefined

  std::int64_t heads() const { return q.dim(1); }
  std::int64_t groups() const { return q.dim(0) * q.dim(1); }
  std::int64_t length() const { return q.dim(2); }
  std::int64_t d_head() const { return q.dim(3); }
  std::int64_t rounds() const { return directions.dim(1); }
  std::int64_t directions_a_round() const { return directions.dim(2); }
  std::int64_t padding_bucket() const { return bucket_factors(lsh, length()).count(); }
};

template <class T>
void lsh_buckets_kernel(Cpu, const LshHash& hash, Tensor& buckets);
template <class T>
void lsh_buckets_kernel(Cuda, const LshHash& hash, Tensor& buckets);

}  // namespace lectern
