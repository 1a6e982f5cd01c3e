#pragma once

#include "attention/ops/fused/attend_tiled_forward_cuda.h"
#include "attention/ops/lsh/attend_lsh_cuda.h"

namespace lectern {

/// What tokens have seen so far, and at the end the result: `[batch · head, token]`.
template <class T>
struct LshSeen {
  T *maximum, *sum;  ///< the maximum becomes the log_sum_exp
  T* output;         ///< `[batch · head, token, d_head]`
};

/// Takes up where the round before ended. Every lane of a row has the sums of its own columns; the
/// sum of the weights goes to the first lane, for they are joined at the end.
template <class T, class Size>
__device__ void take_up(TiledSoftmax<T, Size>& softmax, Sums<T, Size>& weighted,
                        const LshRound<T>& head, const LshSeen<T>& seen, Range queries,
                        ThreadPlace place) {
  const auto rows = sorted_rows(head, seen.output);
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i) {
    const int position = queries.begin + place.row + 4 * i;
    if (position >= queries.end) continue;
    const std::int64_t token = head.first_token + head.tokens[position];
    softmax.maximum[i] = seen.maximum[token];
    softmax.sum[i] = place.column == 0 ? seen.sum[token] : T{};
    const T* row = rows.row(position);
#pragma unroll
    for (int c = 0; c < Size::thread_width; ++c) {
      const int column = column_of<Size>(place, c);
      weighted.number[i][c] = column < head.d_head ? row[column] : T{};
    }
  }
}

/// Leaves what was seen to the next round, or after the last one divides by the sums. A token that
/// met nobody looks at itself; padding gets zeros.
template <class T, class Size>
__device__ void leave(TiledSoftmax<T, Size>& softmax, const Sums<T, Size>& weighted,
                      const LshArguments<T>& in, const LshRound<T>& head, const LshSeen<T>& seen,
                      Range queries, ThreadPlace place) {
  softmax.join_lanes();
  const bool last = head.is_last(in.rounds);
  const auto rows = sorted_rows(head, seen.output);
  const auto values = sorted_rows(head, in.v);
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i) {
    const int position = queries.begin + place.row + 4 * i;
    if (position >= queries.end) continue;
    const std::int32_t token = head.tokens[position];
    if (place.column == 0) {
      seen.maximum[head.first_token + token] = last ? softmax.log_sum_exp(i) : softmax.maximum[i];
      seen.sum[head.first_token + token] = softmax.sum[i];
    }
    const T factor = last ? softmax.factor(i) : T{1};
    const bool alone = last && softmax.sum[i] == T{} && token < head.real;
    const T own_weight = alone ? head.drop_factor(token, token) : T{};
#pragma unroll
    for (int c = 0; c < Size::thread_width; ++c) {
      const int column = column_of<Size>(place, c);
      if (column >= head.d_head) continue;
      rows.row(position)[column] =
          alone ? own_weight * values.row(position)[column] : weighted.number[i][c] * factor;
    }
  }
}

/// One round of a block's queries: for each tile of keys that they can meet, scores, weights,
/// weighted values.
template <class T, class Size>
__global__ void __launch_bounds__(Size::threads, Size::blocks)
    attend_lsh_round(LshArguments<T> in, std::int32_t round, LshSeen<T> seen) {
  using Tiles = ForwardTiles<T, Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const ThreadPlace place = place_of_thread<Size>();
  std::int32_t first = 0;
  const LshRound<T> head(in, group_of_block<Size>(in.length, first), round);
  if (head.is_done()) return;
  const Range queries{first, std::min(first + Size::own_rows, in.length)};
  const Range asking{first, std::min(queries.end, head.real)};  // padding asks nobody
  const bool has_rows = place.warp * Size::warp_rows < queries.size();
  tiles->q.load(sorted_rows(head, in.q), queries, in.d_head);

  TiledSoftmax<T, Size> softmax;
  Sums<T, Size> weighted{};
  if (round > 0) take_up(softmax, weighted, head, seen, queries, place);
  const Range met = asking.size() > 0 ? head.keys_of(asking) : Range{};
  for (std::int32_t begin = met.begin; begin < met.end; begin += Size::streamed_rows) {
    const Range keys{begin, std::min(begin + Size::streamed_rows, met.end)};
    __syncthreads();  // all warps are done with the tile before
    tiles->k.load(sorted_rows(head, in.q), keys, in.d_head);
    tiles->v.load(sorted_rows(head, in.v), keys, in.d_head);
    __syncthreads();
    if (!has_rows) continue;
    auto scores = multiply_transposed(tiles->q, tiles->k, place, in.d_head);
    const TileTokens<Size> tokens(head, queries, keys, place);
    const std::uint32_t pairs = meeting_pairs<Size, true>(head, tokens);
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j) {
      const T factor = head.key_factors[std::max(0, tokens.other[j])];
#pragma unroll
      for (int i = 0; i < Size::thread_rows; ++i)
        scores.number[i][j] = is_met<Size>(pairs, i, j) ? scores.number[i][j] * factor
                                                        : -std::numeric_limits<T>::infinity();
    }
    softmax.absorb(scores, weighted);
    if (head.dropout.active())
      for (int i = 0; i < Size::thread_rows; ++i)
        for (int j = 0; j < Size::thread_columns; ++j)
          if (is_met<Size>(pairs, i, j))
            scores.number[i][j] *= head.drop_factor(tokens.own[i], tokens.other[j]);
    share_with_warp(tiles->weights, scores, place);
    multiply_add(weighted, tiles->weights, tiles->v, place, keys.size());
  }
  leave(softmax, weighted, in, head, seen, queries, place);
}

/// All rounds, one after another.
template <class T>
void attend_lsh_with_tiles(Cuda device, const LshArguments<T>& in, const LshSeen<T>& seen) {
  launch_over_tokens<find_lsh_key_factors<T>>(device, in);
  with_tiling<T, /*biased=*/false>(in.d_head, [&](auto tiling) {
    using Size = decltype(tiling);
    for (std::int32_t round = 0; round < in.rounds; ++round)
      launch_over_positions<attend_lsh_round<T, Size>, Size, ForwardTiles<T, Size>>(device, in,
                                                                                    round, seen);
  });
}

}  // namespace lectern
