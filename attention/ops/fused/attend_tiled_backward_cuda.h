#pragma once

#include "attention/ops/fused/attend_tiled_cuda.h"

namespace lectern {

// Two kernels with the same inner step. In the first a block owns queries, walks over keys and adds
// up dq; in the second it owns keys, walks over queries and adds up dk and dv. Scores are
// calculated in both, seven products instead of five: the price of adding in a fixed order, without
// atomics.

/// Shared memory. `own` and `streamed` hold queries and d_output, or keys and values; in each pair
/// the first makes the scores and the second the derivatives by the weights.
template <class T, class Size, int queries>
struct BackwardTiles {
  OwnRows<T, Size> own[2];
  StreamedRows<T, Size> streamed[2];
  WeightTile<T, Size> weights;
  T log_sum_exp[queries], weighted_loss[queries];  ///< of the tile's queries

  /// Rows that do not exist get a log_sum_exp that makes weights of zero.
  __device__ void load_query_numbers(const T* all_log_sum_exp, const T* all_weighted_loss,
                                     Range rows) {
    for (int i = static_cast<int>(threadIdx.x); i < queries; i += Size::threads) {
      const bool exists = i < rows.size();
      log_sum_exp[i] =
          exists ? all_log_sum_exp[rows.begin + i] : std::numeric_limits<T>::infinity();
      weighted_loss[i] = exists ? all_weighted_loss[rows.begin + i] : T{};
    }
  }
};

template <class T, class Size>
using QueryBlockTiles = BackwardTiles<T, Size, Size::own_rows>;
template <class T, class Size>
using KeyBlockTiles = BackwardTiles<T, Size, Size::streamed_rows>;

/// Turns q·k into weights (after dropout), and the derivatives by these into derivatives by q·k.
template <bool own_queries, class T, class Size, class Tiles, class Program>
__device__ void differentiate(Scores<T, Size>& scores, Scores<T, Size>& d_weights,
                              const Tiles& tiles, const BackwardHead<T, Program>& head,
                              Range queries, Range keys, ThreadPlace place) {
  const PairPlace<Size, own_queries> pair{place};
  const std::uint32_t kept = kept_weights<Size, own_queries>(head.dropout, queries, keys, place);
  const auto keep_factor = static_cast<T>(head.dropout.keep_factor);
  const bool whole = head.mask.all_visible(queries, keys);
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j) {
      const int query = pair.query(i, j), key = pair.key(i, j);
      const bool seen = key < keys.size() && query < queries.size() &&
                        (whole || head.mask.visible(queries.begin + query, keys.begin + key));
      const T factor = kept >> (i * Size::thread_columns + j) & 1u ? keep_factor : T{};
      const T score = with_bias(scores.number[i][j] * head.scale, head.mask, queries.begin + query,
                                keys.begin + key, T{1});
      const T p = exp(score - tiles.log_sum_exp[query]);
      const T d_score = p * (d_weights.number[i][j] * factor - tiles.weighted_loss[query]);
      scores.number[i][j] = seen ? p * factor : T{};
      d_weights.number[i][j] = seen ? d_score * head.scale : T{};
    }
}

/// What the thread's scores contribute to the derivative by the width.
template <class T, class Size, ScoreProgram Program>
__device__ T width_gradient(const Scores<T, Size>& d_scores, const BackwardHead<T, Program>& head,
                            Range queries, Range keys, ThreadPlace place) {
  const PairPlace<Size, true> pair{place};
  T total{};
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j)
      total += d_scores.number[i][j] *
               head.mask.bias_slope(queries.begin + pair.query(i, j), keys.begin + pair.key(i, j));
  return total / head.scale;
}

/// Each query's output times its derivative, from the block's own rows of d_output.
template <class T, class Size>
__device__ void weigh_loss(QueryBlockTiles<T, Size>& tiles, HeadRows<const T> output, Range queries,
                           int d_head, ThreadPlace place, T* weighted_loss) {
  for (int i = 0; i < Size::thread_rows; ++i) {
    const int row = place.row + 4 * i;
    T total{};
    for (int c = place.column; c < d_head && row < queries.size(); c += 8)
      total += output.row(queries.begin + row)[c] * tiles.own[1].row(row)[c];
    total = join_row(total, Add{});
    if (place.column == 0 && row < queries.size()) weighted_loss[queries.begin + row] = total;
  }
}

/// Blocks wanted on a multiprocessor at once: a bias and the sum for its width need registers.
template <class Size, MaskPrograms Masks>
constexpr int dq_blocks = std::min(Size::backward_blocks, has_bias<Masks> ? 2 : 3);

/// dq of a block's queries.
template <class T, class Size, MaskPrograms Masks>
__global__ void __launch_bounds__(Size::threads, dq_blocks<Size, Masks>)
    attend_tiled_dq(AttendArguments<T> in, BackwardArguments<T> gradients, Masks masks) {
  using Tiles = QueryBlockTiles<T, Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const ThreadPlace place = place_of_thread<Size>();
  const auto [index, first] = task_of_block(in, in.query, Size::own_rows);
  const auto rows = [&, index = index](auto* tensor, std::int32_t length) {
    return rows_of_head(tensor, index, length, in.d_head);
  };
  const HeadRows<const T> k = rows_of_group(in, in.k, index), v = rows_of_group(in, in.v, index);
  const auto mask = masks.program(index.batch, index.head);
  using Program = decltype(masks.program(0, 0));
  const BackwardHead<T, Program> head{in.scale, dropout_of_head(in, index), mask};
  const Range queries{first, std::min(first + Size::own_rows, in.query)};
  const bool has_rows = place.warp * Size::warp_rows < queries.size();
  tiles->own[0].load(rows(in.q, in.query), queries, in.d_head);
  tiles->own[1].load(rows(gradients.d_output, in.query), queries, in.d_head);
  __syncthreads();
  T* const weighted_loss = gradients.weighted_loss + index.row() * in.query;
  weigh_loss<T, Size>(*tiles, rows(gradients.output, in.query), queries, in.d_head, place,
                      weighted_loss);
  __syncthreads();
  tiles->load_query_numbers(gradients.log_sum_exp + index.row() * in.query, weighted_loss, queries);

  Sums<T, Size> dq{};
  [[maybe_unused]] T d_width{};
  const KeyRange auto seen = mask.keys_of(queries);
  for (std::int32_t begin = seen.next(seen.begin); begin < seen.end;
       begin = seen.next(begin + Size::streamed_rows)) {
    const Range keys{begin, std::min(begin + Size::streamed_rows, seen.end)};
    __syncthreads();  // all warps are done with the tile before
    tiles->streamed[0].load(k, keys, in.d_head);
    tiles->streamed[1].load(v, keys, in.d_head);
    __syncthreads();
    if (!has_rows) continue;
    auto scores = multiply_transposed(tiles->own[0], tiles->streamed[0], place, in.d_head);
    auto d_scores = multiply_transposed(tiles->own[1], tiles->streamed[1], place, in.d_head);
    differentiate<true>(scores, d_scores, *tiles, head, queries, keys, place);
    if constexpr (ScoreProgram<Program>)
      d_width += width_gradient(d_scores, head, queries, keys, place);
    share_with_warp(tiles->weights, d_scores, place);
    multiply_add(dq, tiles->weights, tiles->streamed[0], place, keys.size());
  }
  store(dq, rows(gradients.dq, in.query), queries, in.d_head, place, [](int) { return T{1}; });
  const std::int32_t block = first / Size::own_rows;
  if constexpr (ScoreProgram<Program>) store_width_gradient(gradients, index, block, d_width);
}

/// dk and dv of a block's keys. The queries that see none of them are passed over.
template <class T, class Size, MaskPrograms Masks>
__global__ void __launch_bounds__(Size::threads, Size::backward_blocks)
    attend_tiled_dkdv(AttendArguments<T> in, BackwardArguments<T> gradients, Masks masks) {
  using Tiles = KeyBlockTiles<T, Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const ThreadPlace place = place_of_thread<Size>();
  const auto [index, first] = task_of_block(in, in.key, Size::own_rows);
  const auto rows = [&, index = index](auto* tensor, std::int32_t length) {
    return rows_of_head(tensor, index, length, in.d_head);
  };
  const HeadRows<const T> k = rows_of_group(in, in.k, index), v = rows_of_group(in, in.v, index);
  const auto mask = masks.program(index.batch, index.head);
  using Program = decltype(masks.program(0, 0));
  const BackwardHead<T, Program> head{in.scale, dropout_of_head(in, index), mask};
  const std::int64_t first_query = index.row() * in.query;
  const Range keys{first, std::min(first + Size::own_rows, in.key)};
  const bool has_rows = place.warp * Size::warp_rows < keys.size();
  tiles->own[0].load(k, keys, in.d_head);
  tiles->own[1].load(v, keys, in.d_head);

  Sums<T, Size> dk{}, dv{};
  for (std::int32_t begin = 0; begin < in.query; begin += Size::streamed_rows) {
    const Range queries{begin, std::min(begin + Size::streamed_rows, in.query)};
    if (!mask.keys_of(queries).intersects(keys)) continue;
    __syncthreads();  // all warps are done with the tile before
    tiles->streamed[0].load(rows(in.q, in.query), queries, in.d_head);
    tiles->streamed[1].load(rows(gradients.d_output, in.query), queries, in.d_head);
    tiles->load_query_numbers(gradients.log_sum_exp + first_query,
                              gradients.weighted_loss + first_query, queries);
    __syncthreads();
    if (!has_rows) continue;
    auto weights = multiply_transposed(tiles->own[0], tiles->streamed[0], place, in.d_head);
    auto d_scores = multiply_transposed(tiles->own[1], tiles->streamed[1], place, in.d_head);
    differentiate<false>(weights, d_scores, *tiles, head, queries, keys, place);
    share_with_warp(tiles->weights, weights, place);
    multiply_add(dv, tiles->weights, tiles->streamed[1], place, queries.size());
    share_with_warp(tiles->weights, d_scores, place);
    multiply_add(dk, tiles->weights, tiles->streamed[0], place, queries.size());
  }
  const auto once = [](int) { return T{1}; };
  store(dk, rows(gradients.dk, in.key), keys, in.d_head, place, once);
  store(dv, rows(gradients.dv, in.key), keys, in.d_head, place, once);
}

/// Starts the backward kernels in f32 or f64.
template <class T, MaskPrograms Masks>
void attend_backward_with_tiles(Cuda device, const AttendArguments<T>& in,
                                const BackwardArguments<T>& gradients, const Masks& masks) {
  with_tiling<T, has_bias<Masks>>(in.d_head, [&](auto tiling) {
    using Size = decltype(tiling);
    launch_over_rows<attend_tiled_dq<T, Size, Masks>, Size, QueryBlockTiles<T, Size>>(
        device, in, in.query, gradients, masks);
    launch_over_rows<attend_tiled_dkdv<T, Size, Masks>, Size, KeyBlockTiles<T, Size>>(
        device, in, in.key, gradients, masks);
  });
}

}  // namespace lectern
