#include "attention/ops/lsh/lsh_buckets_kernels.h"
#include "tensor/cuda/loops.h"

namespace lectern {
namespace {

/// A thread hashes one token; those of a block lie side by side in shared memory, a column each.
constexpr int tokens_a_block = 64;

template <class T>
struct HashArguments {
  const T *q, *directions;
  const std::int32_t* lengths;  ///< `[batch]`, or null
  std::int32_t heads, length, d_head, rounds, directions_a_round;
  LshOptions lsh;
};

/// The number of the direction closest to a token's query; `count` more for the opposite of it.
/// \param column  the query, numbers `tokens_a_block` apart
template <class T>
__device__ std::int32_t closest_direction(const T* column, const T* directions, int count,
                                          int d_head) {
  T best = -1;
  std::int32_t id = 0;
  for (int c = 0; c < count; ++c, directions += d_head) {
    T product{};
    for (int i = 0; i < d_head; ++i) product += column[i * tokens_a_block] * directions[i];
    const T size = product < 0 ? -product : product;
    if (size > best) best = size, id = product < 0 ? c + count : c;
  }
  return id;
}

template <class T>
__global__ void hash_tokens(HashArguments<T> in, std::int32_t* buckets) {
  DYNAMIC_SHARED(T, queries);  // [d_head][tokens_a_block]
  const std::int32_t blocks = (in.length + tokens_a_block - 1) / tokens_a_block;
  const auto group = static_cast<std::int32_t>(blockIdx.x) / blocks;
  const std::int32_t first = static_cast<std::int32_t>(blockIdx.x) % blocks * tokens_a_block;
  const auto thread = static_cast<std::int32_t>(threadIdx.x);
  const T* rows = in.q + (std::int64_t{group} * in.length + first) * in.d_head;
  const int left = in.length - first, count = left < tokens_a_block ? left : tokens_a_block;
  for (int i = thread; i < count * in.d_head; i += tokens_a_block)
    queries[i % in.d_head * tokens_a_block + i / in.d_head] = rows[i];
  __syncthreads();
  if (thread >= count) return;

  const std::int32_t batch = group / in.heads, head = group % in.heads, token = first + thread;
  const std::int32_t real = in.lengths == nullptr ? in.length : in.lengths[batch];
  const BucketFactors factors = bucket_factors(in.lsh, real);
  const auto padding = static_cast<std::int32_t>(bucket_factors(in.lsh, in.length).count());
  const auto stride = static_cast<std::int32_t>(factors.first);
  const int half = stride / 2, second_half = static_cast<int>(factors.second / 2);
  for (std::int32_t round = 0; round < in.rounds; ++round) {
    const T* of_round = in.directions + (std::int64_t{head} * in.rounds + round) *
                                            in.directions_a_round * in.d_head;
    std::int32_t bucket = closest_direction(queries + thread, of_round, half, in.d_head);
    if (second_half > 0)
      bucket += stride * closest_direction(queries + thread, of_round + half * in.d_head,
                                           second_half, in.d_head);
    buckets[(std::int64_t{group} * in.rounds + round) * in.length + token] =
        token < real ? bucket : padding;
  }
}

}  // namespace

template <class T>
void lsh_buckets_kernel(Cuda device, const LshHash& hash, Tensor& buckets) {
  if (buckets.size() == 0) return;
  const auto small = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const HashArguments<T> in{
      hash.q.device_data<T>(),
      hash.directions.device_data<T>(),
      hash.lengths.defined() ? hash.lengths.device_data<std::int32_t>() : nullptr,
      small(hash.heads()),
      small(hash.length()),
      small(hash.d_head()),
      small(hash.rounds()),
      small(hash.directions_a_round()),
      hash.lsh};
  const std::int64_t blocks = hash.groups() * divide_up(hash.length(), tokens_a_block);
  launch_kernel<hash_tokens<T>>(
      device,
      {.blocks = dim3(static_cast<unsigned>(blocks)),
       .threads = dim3(tokens_a_block),
       .shared_bytes = static_cast<std::size_t>(hash.d_head() * tokens_a_block) * sizeof(T)},
      in, buckets.device_data<std::int32_t>());
}

template void lsh_buckets_kernel<float>(Cuda, const LshHash&, Tensor&);
template void lsh_buckets_kernel<double>(Cuda, const LshHash&, Tensor&);

}  // namespace lectern
