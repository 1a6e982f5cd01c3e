#include <cmath>

#include "attention/ops/attention_tiles.h"
#include "attention/ops/lsh/lsh_buckets_kernels.h"
#include "tensor/ops/matmul.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

/// Tokens hashed together, one column of the product for each.
constexpr std::int32_t token_tile = 64;

/// For each token, the number of the strongest row of projections; `count` more when it is
/// negative.
/// \param projections  `[count, token_tile]`
template <class T>
void strongest_direction(const T* projections, std::int64_t count, std::int32_t* bucket) {
  T best[token_tile];
  for (std::int32_t j = 0; j < token_tile; ++j) best[j] = -1, bucket[j] = 0;
  for (std::int32_t c = 0; c < count; ++c) {
    const T* row = projections + c * token_tile;
    const auto opposite = static_cast<std::int32_t>(c + count);
    for (std::int32_t j = 0; j < token_tile; ++j) {
      const T size = std::abs(row[j]);
      const bool stronger = size > best[j];
      best[j] = stronger ? size : best[j];
      bucket[j] = stronger ? (row[j] < 0 ? opposite : c) : bucket[j];
    }
  }
}

/// Memory for one tile of tokens.
template <class T>
struct HashRoom {
  HashRoom(std::int64_t directions, std::int64_t d_head)
      : tokens({packed_size<T>(d_head, token_tile)}, dtype_of<T>, cpu),
        projections({directions, token_tile}, dtype_of<T>, cpu) {}
  Tensor tokens, projections;
};

/// The buckets of `count` tokens in one round.
template <class T>
void hash_tile(const LshHash& hash, BucketFactors factors, const T* directions, Panels<T> tokens,
               std::int32_t count, HashRoom<T>& room, std::int32_t* buckets) {
  T* projections = room.projections.template data<T>();
  multiply_block<T>({factors.directions(), token_tile, hash.d_head()},
                    Strided<T>{directions, hash.d_head()}, tokens, {nullptr, 0},
                    {projections, token_tile});
  std::int32_t first[token_tile], second[token_tile] = {};
  strongest_direction(projections, factors.first / 2, first);
  if (factors.second > 1)
    strongest_direction(projections + factors.first / 2 * token_tile, factors.second / 2, second);
  const auto stride = static_cast<std::int32_t>(factors.first);
  for (std::int32_t j = 0; j < count; ++j) buckets[j] = first[j] + stride * second[j];
}

std::int64_t real_tokens(const LshHash& hash, std::int64_t sequence) {
  return hash.lengths.defined() ? hash.lengths.data<std::int32_t>()[sequence] : hash.length();
}

/// Every token times every direction that its sequence takes.
void count_projections(const LshHash& hash) {
  std::int64_t directions = 0;
  for (std::int64_t s = 0; s < hash.q.dim(0); ++s)
    directions += bucket_factors(hash.lsh, real_tokens(hash, s)).directions();
  count_operations(2 * hash.heads() * hash.rounds() * hash.length() * hash.d_head() * directions);
}

/// All rounds of the tokens from `begin` on of one head.
template <class T>
void hash_tokens(const LshHash& hash, std::int64_t group, std::int64_t begin, HashRoom<T>& room,
                 Tensor& buckets) {
  const std::int64_t length = hash.length(), d_head = hash.d_head(), rounds = hash.rounds();
  const auto count = static_cast<std::int32_t>(std::min<std::int64_t>(token_tile, length - begin));
  const T* rows = hash.q.data<T>() + (group * length + begin) * d_head;
  const Panels<T> tokens =
      pack_transposed_panels<T>(d_head, count, {rows, d_head}, room.tokens.template data<T>());
  const std::int64_t head = group % hash.heads(), real = real_tokens(hash, group / hash.heads());
  const BucketFactors factors = bucket_factors(hash.lsh, real);
  for (std::int64_t round = 0; round < rounds; ++round) {
    const T* directions =
        hash.directions.data<T>() + (head * rounds + round) * hash.directions_a_round() * d_head;
    std::int32_t* target = buckets.data<std::int32_t>() + (group * rounds + round) * length + begin;
    hash_tile(hash, factors, directions, tokens, count, room, target);
    for (std::int64_t j = std::max<std::int64_t>(0, real - begin); j < count; ++j)
      target[j] = static_cast<std::int32_t>(hash.padding_bucket());
  }
}

}  // namespace

template <class T>
void lsh_buckets_kernel(Cpu, const LshHash& hash, Tensor& buckets) {
  count_projections(hash);
  const std::int64_t tiles = (hash.length() + token_tile - 1) / token_tile;
  parallel_for(hash.groups() * tiles, 16, [&](std::int64_t begin, std::int64_t end) {
    HashRoom<T> room(hash.directions_a_round(), hash.d_head());
    std::fill_n(room.tokens.template data<T>(), room.tokens.size(), T{});
    for (std::int64_t task = begin; task < end; ++task)
      hash_tokens(hash, task / tiles, task % tiles * token_tile, room, buckets);
  });
}

template void lsh_buckets_kernel<float>(Cpu, const LshHash&, Tensor&);
template void lsh_buckets_kernel<double>(Cpu, const LshHash&, Tensor&);

}  // namespace lectern
