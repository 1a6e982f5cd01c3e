#pragma once

#include "attention/ops/fused/attend_tiled_cuda.h"
#include "attention/ops/lsh/attend_lsh_kernels.h"

namespace lectern {

// LSH attention in f32 and f64 with the tiles of attend_tiled_cuda.h. Blocks own sorted positions
// of one round, and their rows are gathered by token into shared memory; a row is 256 bytes at head
// size 64, so reads stay coalesced. One launch a round: what tokens have seen so far lies in global
// memory in between, which keeps the order of additions fixed.

/// What every kernel is given. Rows are `[batch · head, length, d_head]`.
template <class T>
struct LshArguments {
  const T *q, *v;
  T* key_factors;                       ///< `[batch · head, token]`
  const std::int32_t *tokens, *places;  ///< `[batch · head, round, …]`, see LshOrder
  const std::int32_t* lengths;          ///< `[batch]`, or null
  std::int32_t groups, heads, length, d_head, rounds;
  LshReaches reach;
  WeightDropout dropout;  ///< of the first head of the first sequence
};

template <class T>
LshArguments<T> lsh_arguments_of(const LshInputs& in, Tensor& key_factors) {
  const auto small = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const Tensor& lengths = in.order.lengths;
  return {in.q.device_data<T>(),
          in.v.device_data<T>(),
          key_factors.device_data<T>(),
          in.order.tokens.device_data<std::int32_t>(),
          in.order.places.device_data<std::int32_t>(),
          lengths.defined() ? lengths.device_data<std::int32_t>() : nullptr,
          small(in.groups()),
          small(in.heads()),
          small(in.length()),
          small(in.d_head()),
          small(in.rounds()),
          in.order.reach,
          in.dropout(0)};
}

/// One head in one round, as a block sees it.
template <class T>
struct LshRound {
  std::int64_t first_token;  ///< of this head among the tokens of all heads
  std::int32_t round, length, real, d_head;
  const std::int32_t *tokens, *places;  ///< of this head: `[position]` and `[round, token]`
  const T* key_factors;                 ///< `[token]`
  LshReaches reach;
  WeightDropout dropout;

  __device__ LshRound(const LshArguments<T>& in, std::int32_t group, std::int32_t which)
      : first_token(std::int64_t{group} * in.length),
        round(which),
        length(in.length),
        real(in.lengths == nullptr ? in.length : in.lengths[group / in.heads]),
        d_head(in.d_head),
        tokens(in.tokens + (first_token * in.rounds + std::int64_t{which} * in.length)),
        places(in.places + first_token * in.rounds),
        key_factors(in.key_factors + first_token),
        reach(in.reach),
        dropout(in.dropout) {
    dropout.first_element +=
        static_cast<std::uint64_t>(first_token) * static_cast<std::uint64_t>(in.length);
  }

  /// Whether all pairs of the sequence have met in an earlier round.
  __device__ bool is_done() const { return round > 0 && reach.is_exact(real); }
  __device__ bool is_last(std::int32_t rounds) const {
    return round == reach.rounds(real, rounds) - 1;
  }
  /// The positions whose tokens some queries can meet, and whose queries can meet some keys.
  __device__ Range keys_of(Range queries) const { return reach.of(real).keys_of(queries, real); }
  __device__ Range queries_of(Range keys) const { return reach.of(real).queries_of(keys, real); }

  __device__ bool kept(std::int32_t query, std::int32_t key) const {
    return dropout.key.word(dropout.element(query, key)) >= dropout.threshold;
  }
  /// 0 or 1/(1−p), or 1 without dropout.
  __device__ T drop_factor(std::int32_t query, std::int32_t key) const {
    if (!dropout.active()) return 1;
    return kept(query, key) ? static_cast<T>(dropout.keep_factor) : T{};
  }
};

/// The rows of a head by sorted position.
template <class T>
struct SortedRows {
  T* first;
  const std::int32_t* tokens;
  std::int32_t d_head;

  __device__ T* row(std::int32_t position) const {
    return first + std::int64_t{tokens[position]} * d_head;
  }
};

template <class T, class Number>
__device__ SortedRows<Number> sorted_rows(const LshRound<T>& head, Number* rows) {
  return {rows + head.first_token * head.d_head, head.tokens, head.d_head};
}

/// The tokens of the rows and columns that a thread has in a tile; −1 where there is none.
template <class Size>
struct TileTokens {
  std::int32_t own[Size::thread_rows], other[Size::thread_columns];

  template <class T>
  __device__ TileTokens(const LshRound<T>& head, Range owns, Range others, ThreadPlace place) {
#pragma unroll
    for (int i = 0; i < Size::thread_rows; ++i) {
      const int row = place.row + 4 * i;
      own[i] = row < owns.size() ? head.tokens[owns.begin + row] : -1;
    }
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j) {
      const int column = place.column + 8 * j;
      other[j] = column < others.size() ? head.tokens[others.begin + column] : -1;
    }
  }
};

/// Pairs of a tile that meet now, and did not before: bit `i · thread_columns + j` speaks for own
/// row i and streamed row j. One of them is the query.
template <class Size, bool own_queries, class T>
__device__ std::uint32_t meeting_pairs(const LshRound<T>& head, const TileTokens<Size>& tokens) {
  std::uint32_t bits = 0;
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j) {
      const std::int32_t query = own_queries ? tokens.own[i] : tokens.other[j];
      const std::int32_t key = own_queries ? tokens.other[j] : tokens.own[i];
      const bool exist = query >= 0 && key >= 0 && query < head.real && key < head.real;
      const bool may = exist && (head.reach.hashed.causal() ? key < query : key != query);
      bits |= std::uint32_t{may} << (i * Size::thread_columns + j);
    }
  for (std::int32_t s = head.reach.hashed.once ? 0 : head.round; s <= head.round; ++s) {
    const std::int32_t* places = head.places + std::int64_t{s} * head.length;
    std::int32_t own[Size::thread_rows], other[Size::thread_columns];
#pragma unroll
    for (int i = 0; i < Size::thread_rows; ++i) own[i] = places[std::max(0, tokens.own[i])];
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j) other[j] = places[std::max(0, tokens.other[j])];
    const bool wanted = s == head.round;  // to meet now, and not to have met before
#pragma unroll
    for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
      for (int j = 0; j < Size::thread_columns; ++j) {
        const bool meets = own_queries ? head.reach.hashed.meets(own[i], other[j])
                                       : head.reach.hashed.meets(other[j], own[i]);
        if (meets != wanted) bits &= ~(1u << (i * Size::thread_columns + j));
      }
  }
  return bits;
}

template <class Size>
__device__ bool is_met(std::uint32_t pairs, int i, int j) {
  return pairs >> (i * Size::thread_columns + j) & 1u;
}

/// Which head a block works on, and the first of its sorted positions.
template <class Size>
__device__ std::int32_t group_of_block(std::int32_t length, std::int32_t& first) {
  const std::int32_t blocks_a_head = (length + Size::own_rows - 1) / Size::own_rows;
  const auto block = static_cast<std::int32_t>(blockIdx.x);
  first = block % blocks_a_head * Size::own_rows;
  return block / blocks_a_head;
}

/// Starts `kernel(in, arguments…)` with a block for every `Size::own_rows` positions of each head.
template <auto kernel, class Size, class Tiles, class T, class... Arguments>
void launch_over_positions(Cuda device, const LshArguments<T>& in, const Arguments&... arguments) {
  const std::int64_t blocks = std::int64_t{in.groups} * divide_up(in.length, Size::own_rows);
  launch_kernel<kernel>(device,
                        {.blocks = dim3(static_cast<unsigned>(blocks)),
                         .threads = dim3(Size::threads),
                         .shared_bytes = sizeof(Tiles)},
                        in, arguments...);
}

/// Calls `action(token of all heads, lane)` with a warp for every token.
template <class T, class Action>
__device__ void for_each_token(const LshArguments<T>& in, const Action& action) {
  const std::int64_t warp = (std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / warp_size;
  if (warp < std::int64_t{in.groups} * in.length)
    action(warp, static_cast<int>(threadIdx.x) % warp_size);
}
template <auto kernel, class T, class... Arguments>
void launch_over_tokens(Cuda device, const LshArguments<T>& in, const Arguments&... arguments) {
  const std::int64_t threads = std::int64_t{in.groups} * in.length * warp_size;
  launch_kernel<kernel>(device,
                        {.blocks = dim3(static_cast<unsigned>(divide_up(threads, block_threads))),
                         .threads = dim3(block_threads)},
                        in, arguments...);
}

/// Σ a[c] · b[c] of a row, by the lanes of a warp.
template <class T>
__device__ T dot_by_warp(const T* a, const T* b, std::int32_t count, int lane) {
  T total{};
  for (std::int32_t c = lane; c < count; c += warp_size) total += a[c] * b[c];
  return warp_join(total, Add{});
}

template <class T>
__global__ void find_lsh_key_factors(LshArguments<T> in) {
  for_each_token(in, [&](std::int64_t token, int lane) {
    const T* q = in.q + token * in.d_head;
    const T square = dot_by_warp(q, q, in.d_head, lane);
    if (lane == 0)
      in.key_factors[token] =
          1 / sqrt(square + static_cast<T>(key_epsilon) * static_cast<T>(in.d_head));
  });
}

}  // namespace lectern
