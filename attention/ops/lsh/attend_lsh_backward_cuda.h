#pragma once

#include "attention/ops/fused/attend_tiled_backward_cuda.h"
#include "attention/ops/lsh/attend_lsh_cuda.h"

namespace lectern {

/// What the backward kernels read and write beside their inputs, all `[batch · head, token, …]`.
template <class T>
struct LshBackwardArguments {
  const T *output, *d_output, *log_sum_exp;
  T* weighted_loss;
  T *dq, *dk, *dv;  ///< dk: by the keys, until the end
};

/// The numbers of a tile's queries, by sorted position.
template <class Tiles, class T>
__device__ void load_query_numbers(Tiles& tiles, const LshBackwardArguments<T>& gradients,
                                   const LshRound<T>& head, Range queries, int count) {
  for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
    const bool exists = i < queries.size();
    const std::int64_t token =
        head.first_token + (exists ? head.tokens[queries.begin + i] : std::int32_t{0});
    tiles.log_sum_exp[i] =
        exists ? gradients.log_sum_exp[token] : std::numeric_limits<T>::infinity();
    tiles.weighted_loss[i] = exists ? gradients.weighted_loss[token] : T{};
  }
}

/// Turns q · q into weights (after dropout), and the derivatives by these into derivatives by the
/// products that the next step multiplies with: for dq those by q_i · q_j, for dk those by q_i ·
/// k_j.
template <bool own_queries, class T, class Size, class Tiles>
__device__ void differentiate_lsh(Scores<T, Size>& scores, Scores<T, Size>& d_weights,
                                  const Tiles& tiles, const LshRound<T>& head, Range owns,
                                  Range others, ThreadPlace place) {
  const PairPlace<Size, own_queries> pair{place};
  const TileTokens<Size> tokens(head, owns, others, place);
  const std::uint32_t pairs = meeting_pairs<Size, own_queries>(head, tokens);
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j) {
      const bool met = is_met<Size>(pairs, i, j);
      const int query = pair.query(i, j);
      const std::int32_t key_token = own_queries ? tokens.other[j] : tokens.own[i];
      const std::int32_t query_token = own_queries ? tokens.own[i] : tokens.other[j];
      const T key_factor = head.key_factors[std::max(0, key_token)];
      const T drop = met ? head.drop_factor(query_token, key_token) : T{};
      const T p = exp(scores.number[i][j] * key_factor - tiles.log_sum_exp[query]);
      const T d_score = p * (d_weights.number[i][j] * drop - tiles.weighted_loss[query]);
      scores.number[i][j] = met ? p * drop : T{};
      d_weights.number[i][j] = met ? (own_queries ? d_score * key_factor : d_score) : T{};
    }
}

/// Adds the thread's part of a result to the rows of its tokens; the first round overwrites them.
template <class T, class Size>
__device__ void add_sums(const Sums<T, Size>& sums, const LshRound<T>& head, T* target, Range owns,
                         ThreadPlace place) {
  const auto rows = sorted_rows(head, target);
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i) {
    const int position = owns.begin + place.row + 4 * i;
    if (position >= owns.end) continue;
    T* row = rows.row(position);
#pragma unroll
    for (int c = 0; c < Size::thread_width; ++c) {
      const int column = column_of<Size>(place, c);
      if (column < head.d_head)
        row[column] = (head.round > 0 ? row[column] : T{}) + sums.number[i][c];
    }
  }
}

/// dq of a block's queries, as far as they asked in this round.
template <class T, class Size>
__global__ void __launch_bounds__(Size::threads, Size::backward_blocks)
    attend_lsh_dq(LshArguments<T> in, std::int32_t round, LshBackwardArguments<T> gradients) {
  using Tiles = QueryBlockTiles<T, Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const ThreadPlace place = place_of_thread<Size>();
  std::int32_t first = 0;
  const LshRound<T> head(in, group_of_block<Size>(in.length, first), round);
  if (head.is_done()) return;
  const Range queries{first, std::min(first + Size::own_rows, in.length)};
  const Range asking{first, std::min(queries.end, head.real)};
  const bool has_rows = place.warp * Size::warp_rows < queries.size();
  tiles->own[0].load(sorted_rows(head, in.q), queries, in.d_head);
  tiles->own[1].load(sorted_rows(head, gradients.d_output), queries, in.d_head);
  load_query_numbers(*tiles, gradients, head, queries, Size::own_rows);

  Sums<T, Size> dq{};
  const Range met = asking.size() > 0 ? head.keys_of(asking) : Range{};
  for (std::int32_t begin = met.begin; begin < met.end; begin += Size::streamed_rows) {
    const Range keys{begin, std::min(begin + Size::streamed_rows, met.end)};
    __syncthreads();  // all warps are done with the tile before
    tiles->streamed[0].load(sorted_rows(head, in.q), keys, in.d_head);
    tiles->streamed[1].load(sorted_rows(head, in.v), keys, in.d_head);
    __syncthreads();
    if (!has_rows) continue;
    auto scores = multiply_transposed(tiles->own[0], tiles->streamed[0], place, in.d_head);
    auto d_scores = multiply_transposed(tiles->own[1], tiles->streamed[1], place, in.d_head);
    differentiate_lsh<true>(scores, d_scores, *tiles, head, queries, keys, place);
    share_with_warp(tiles->weights, d_scores, place);
    multiply_add(dq, tiles->weights, tiles->streamed[0], place, keys.size());
  }
  add_sums(dq, head, gradients.dq, queries, place);
}

/// dk and dv of a block's keys, as far as they were asked in this round.
template <class T, class Size>
__global__ void __launch_bounds__(Size::threads, Size::backward_blocks)
    attend_lsh_dkdv(LshArguments<T> in, std::int32_t round, LshBackwardArguments<T> gradients) {
  using Tiles = KeyBlockTiles<T, Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const ThreadPlace place = place_of_thread<Size>();
  std::int32_t first = 0;
  const LshRound<T> head(in, group_of_block<Size>(in.length, first), round);
  if (head.is_done()) return;
  const Range keys{first, std::min(first + Size::own_rows, in.length)};
  const Range asked{first, std::min(keys.end, head.real)};
  const bool has_rows = place.warp * Size::warp_rows < keys.size();
  tiles->own[0].load(sorted_rows(head, in.q), keys, in.d_head);
  tiles->own[1].load(sorted_rows(head, in.v), keys, in.d_head);

  Sums<T, Size> dk{}, dv{};
  const Range met = asked.size() > 0 ? head.queries_of(asked) : Range{};
  for (std::int32_t begin = met.begin; begin < met.end; begin += Size::streamed_rows) {
    const Range queries{begin, std::min(begin + Size::streamed_rows, met.end)};
    __syncthreads();  // all warps are done with the tile before
    tiles->streamed[0].load(sorted_rows(head, in.q), queries, in.d_head);
    tiles->streamed[1].load(sorted_rows(head, gradients.d_output), queries, in.d_head);
    load_query_numbers(*tiles, gradients, head, queries, Size::streamed_rows);
    __syncthreads();
    if (!has_rows) continue;
    auto weights = multiply_transposed(tiles->own[0], tiles->streamed[0], place, in.d_head);
    auto d_scores = multiply_transposed(tiles->own[1], tiles->streamed[1], place, in.d_head);
    differentiate_lsh<false>(weights, d_scores, *tiles, head, keys, queries, place);
    share_with_warp(tiles->weights, weights, place);
    multiply_add(dv, tiles->weights, tiles->streamed[1], place, queries.size());
    share_with_warp(tiles->weights, d_scores, place);
    multiply_add(dk, tiles->weights, tiles->streamed[0], place, queries.size());
  }
  add_sums(dk, head, gradients.dk, keys, place);
  add_sums(dv, head, gradients.dv, keys, place);
}

/// Each query's output times its derivative.
template <class T>
__global__ void weigh_lsh_loss(LshArguments<T> in, LshBackwardArguments<T> gradients) {
  for_each_token(in, [&](std::int64_t token, int lane) {
    const std::int64_t row = token * in.d_head;
    const T loss = dot_by_warp(gradients.output + row, gradients.d_output + row, in.d_head, lane);
    if (lane == 0) gradients.weighted_loss[token] = loss;
  });
}

/// What is not a pair: a token that looked at itself hands its derivative to its own value, and
/// what a key received goes on to the query whose direction it is.
template <class T>
__global__ void finish_lsh_gradients(LshArguments<T> in, LshBackwardArguments<T> gradients) {
  for_each_token(in, [&](std::int64_t token, int lane) {
    const auto group = static_cast<std::int32_t>(token / in.length);
    const auto own = static_cast<std::int32_t>(token % in.length);
    const LshRound<T> head(in, group, 0);
    const std::int64_t row = token * in.d_head;
    const T *q = in.q + row, *dk = gradients.dk + row;
    const T factor = in.key_factors[token];
    const T along = factor * factor * dot_by_warp(q, dk, in.d_head, lane);  // k · dk / |q|
    const bool alone = gradients.log_sum_exp[token] == std::numeric_limits<T>::infinity();
    const T own_weight = alone ? head.drop_factor(own, own) : T{};
    for (std::int32_t c = lane; own < head.real && c < in.d_head; c += warp_size) {
      gradients.dq[row + c] += factor * (dk[c] - along * q[c]);
      if (alone) gradients.dv[row + c] += own_weight * gradients.d_output[row + c];
    }
  });
}

/// All rounds, one after another.
template <class T>
void attend_lsh_backward_with_tiles(Cuda device, const LshArguments<T>& in,
                                    const LshBackwardArguments<T>& gradients) {
  launch_over_tokens<find_lsh_key_factors<T>>(device, in);
  launch_over_tokens<weigh_lsh_loss<T>>(device, in, gradients);
  with_tiling<T, /*biased=*/false>(in.d_head, [&](auto tiling) {
    using Size = decltype(tiling);
    for (std::int32_t round = 0; round < in.rounds; ++round) {
      launch_over_positions<attend_lsh_dq<T, Size>, Size, QueryBlockTiles<T, Size>>(
          device, in, round, gradients);
      launch_over_positions<attend_lsh_dkdv<T, Size>, Size, KeyBlockTiles<T, Size>>(
          device, in, round, gradients);
    }
  });
  launch_over_tokens<finish_lsh_gradients<T>>(device, in, gradients);
}

}  // namespace lectern
