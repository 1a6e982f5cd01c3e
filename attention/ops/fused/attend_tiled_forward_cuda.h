#pragma once

#include "attention/ops/fused/attend_tiled_cuda.h"

namespace lectern {

/// Shared memory of the forward kernel.
template <class T, class Size>
struct ForwardTiles {
  OwnRows<T, Size> q;
  StreamedRows<T, Size> k, v;
  WeightTile<T, Size> weights;
};

/// For each row of a thread, over the keys visited so far: the largest score m and the sum of
/// e^(score − m). The sum of e^(score − m) times the values is kept beside it, in Sums.
template <class T, class Size>
struct TiledSoftmax {
  T maximum[Size::thread_rows], sum[Size::thread_rows];

  __device__ TiledSoftmax() {
#pragma unroll
    for (int i = 0; i < Size::thread_rows; ++i)
      maximum[i] = -std::numeric_limits<T>::infinity(), sum[i] = T{};
  }

  /// Turns scores into weights relative to the new maxima, and rescales the sums. While nothing was
  /// visible, weights are taken relative to zero: e^(−∞ − 0).
  __device__ void absorb(Scores<T, Size>& scores, Sums<T, Size>& weighted) {
    constexpr T nothing = -std::numeric_limits<T>::infinity();
#pragma unroll
    for (int i = 0; i < Size::thread_rows; ++i) {
      T largest = maximum[i];
#pragma unroll
      for (int j = 0; j < Size::thread_columns; ++j)
        largest = Larger{}(largest, scores.number[i][j]);
      largest = join_row(largest, Larger{});
      const T reference = largest == nothing ? T{} : largest;
      const T shrink = exp(maximum[i] - reference);
      maximum[i] = largest;
      sum[i] *= shrink;
#pragma unroll
      for (int c = 0; c < Size::thread_width; ++c) weighted.number[i][c] *= shrink;
#pragma unroll
      for (int j = 0; j < Size::thread_columns; ++j)
        sum[i] += scores.number[i][j] = exp(scores.number[i][j] - reference);
    }
  }

  /// Completes the sums, of which every lane has its own columns.
  __device__ void join_lanes() {
#pragma unroll
    for (int i = 0; i < Size::thread_rows; ++i) sum[i] = join_row(sum[i], Add{});
  }
  /// 1/Σ; zero for a query that saw nothing. A NaN must pass.
  __device__ T factor(int i) const { return sum[i] == T{} ? T{} : 1 / sum[i]; }
  __device__ T log_sum_exp(int i) const {
    return sum[i] == T{} ? std::numeric_limits<T>::infinity() : maximum[i] + log(sum[i]);
  }
};

/// Scales the scores, adds their bias and hides what the mask hides.
template <class T, class Size, MaskProgram Program>
__device__ void scale_and_hide(Scores<T, Size>& scores, T scale, const Program& mask, Range queries,
                               Range keys, ThreadPlace place) {
  const bool whole = keys.size() == Size::streamed_rows && mask.all_visible(queries, keys);
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j) {
      const int query = queries.begin + place.row + 4 * i, key = keys.begin + place.column + 8 * j;
      const bool seen = whole || (key < keys.end && mask.visible(query, key));
      scores.number[i][j] = seen ? with_bias(scores.number[i][j] * scale, mask, query, key, T{1})
                                 : -std::numeric_limits<T>::infinity();
    }
}

/// Zeroes the weights that dropout drops and enlarges the rest.
template <class T, class Size>
__device__ void drop(Scores<T, Size>& weights, const WeightDropout& dropout, Range queries,
                     Range keys, ThreadPlace place) {
  if (!dropout.active()) return;
  const std::uint32_t kept = kept_weights<Size, true>(dropout, queries, keys, place);
  const auto keep_factor = static_cast<T>(dropout.keep_factor);
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j)
      weights.number[i][j] *= kept >> (i * Size::thread_columns + j) & 1u ? keep_factor : T{};
}

/// Attention of a block's queries: for each tile of keys, scores, weights, weighted values.
template <class T, class Size, MaskPrograms Masks>
__global__ void __launch_bounds__(Size::threads, Size::blocks)
    attend_tiled(AttendArguments<T> in, Masks masks, T* output, T* log_sum_exp) {
  using Tiles = ForwardTiles<T, Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const ThreadPlace place = place_of_thread<Size>();
  const auto [index, first] = task_of_block(in, in.query, Size::own_rows);
  const HeadRows<const T> k = rows_of_group(in, in.k, index);
  const HeadRows<const T> v = rows_of_group(in, in.v, index);
  const WeightDropout dropout = dropout_of_head(in, index);
  const auto mask = masks.program(index.batch, index.head);
  const Range queries{first, std::min(first + Size::own_rows, in.query)};
  const bool has_rows = place.warp * Size::warp_rows < queries.size();  // the same in a whole warp
  tiles->q.load(rows_of_head(in.q, index, in.query, in.d_head), queries, in.d_head);

  TiledSoftmax<T, Size> softmax;
  Sums<T, Size> weighted{};
  const KeyRange auto seen = mask.keys_of(queries);
  for (std::int32_t begin = seen.next(seen.begin); begin < seen.end;
       begin = seen.next(begin + Size::streamed_rows)) {
    const Range keys{begin, std::min(begin + Size::streamed_rows, seen.end)};
    __syncthreads();  // all warps are done with the tile before
    tiles->k.load(k, keys, in.d_head);
    tiles->v.load(v, keys, in.d_head);
    __syncthreads();
    if (!has_rows) continue;
    auto scores = multiply_transposed(tiles->q, tiles->k, place, in.d_head);
    scale_and_hide(scores, in.scale, mask, queries, keys, place);
    softmax.absorb(scores, weighted);
    drop(scores, dropout, queries, keys, place);
    share_with_warp(tiles->weights, scores, place);
    multiply_add(weighted, tiles->weights, tiles->v, place, keys.size());
  }

  softmax.join_lanes();
  store(weighted, rows_of_head(output, index, in.query, in.d_head), queries, in.d_head, place,
        [&](int i) { return softmax.factor(i); });
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
    if (place.column == 0 && place.row + 4 * i < queries.size())
      log_sum_exp[index.row() * in.query + first + place.row + 4 * i] = softmax.log_sum_exp(i);
}

/// Starts the forward kernel in f32 or f64.
template <class T, MaskPrograms Masks>
void attend_with_tiles(Cuda device, const AttendArguments<T>& in, const Masks& masks,
                       AttendResult& result) {
  with_tiling<T, has_bias<Masks>>(in.d_head, [&](auto tiling) {
    using Size = decltype(tiling);
    launch_over_rows<attend_tiled<T, Size, Masks>, Size, ForwardTiles<T, Size>>(
        device, in, in.query, masks, result.output.template device_data<T>(),
        result.log_sum_exp.template device_data<T>());
  });
}

}  // namespace lectern
