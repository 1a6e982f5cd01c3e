#pragma once

#include "attention/ops/fused/attend_tensor_cores_cuda.h"

namespace lectern {

// The two backward kernels of step 2 (attend_tiled_backward_cuda.h) on tensor cores.

/// Shared memory. `own` and `streamed` hold queries and d_output, or keys and values; streamed tile
/// t is in stage t % 2. The numbers of the queries are kept for the block, or for each stage.
template <class Size, int queries, int query_stages>
struct BackwardHalves {
  OwnHalves<Size> own[2];
  StreamedHalves<Size> streamed[2][2];  ///< [stage][which of the pair]
  float log_sum_exp[query_stages][queries], weighted_loss[query_stages][queries];

  /// Logarithms become those of base two. Rows that do not exist get one that makes weights of
  /// zero.
  __device__ void load_query_numbers(int stage, const float* all_log_sum_exp,
                                     const float* all_weighted_loss, Range rows) {
    for (int i = static_cast<int>(threadIdx.x); i < queries; i += Size::threads) {
      const bool exists = i < rows.size();
      log_sum_exp[stage][i] = exists ? all_log_sum_exp[rows.begin + i] * log2_e
                                     : std::numeric_limits<float>::infinity();
      weighted_loss[stage][i] = exists ? all_weighted_loss[rows.begin + i] : 0.0f;
    }
  }
};

template <class Size>
using QueryBlockHalves = BackwardHalves<Size, Size::own_rows, 1>;
template <class Size>
using KeyBlockHalves = BackwardHalves<Size, Size::streamed_rows, 2>;

/// Which weights of a thread dropout keeps: bit `4 n + i` speaks for number [0][n][i].
template <class Size, bool own_queries>
__device__ std::uint32_t kept_weights(const WeightDropout& dropout, Range queries, Range keys,
                                      LanePlace place) {
  static_assert(Size::bands == 1 && Size::streamed_rows <= 64);
  if (!dropout.active()) return ~0u;
  const int skipped = place.warp * 16;  // the block's rows before the warp's
  std::uint32_t bits = 0;
#pragma unroll
  for (int part = 0; part < Size::streamed_rows / 32; ++part) {
    const KeptWeights<own_queries ? 16 : 32, own_queries ? 32 : 16> kept(
        dropout, queries.begin + (own_queries ? skipped : part * 32),
        keys.begin + (own_queries ? part * 32 : skipped));
#pragma unroll
    for (int n = 0; n < 4; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int row = place.group + i / 2 * 8, column = place.column(n, i);
        bits |= (own_queries ? kept.bit(row, column) : kept.bit(column, row))
                << (part * 16 + n * 4 + i);
      }
  }
  return bits;
}

/// Turns q·k into weights (after dropout), and the derivatives by these into derivatives by q·k.
template <bool own_queries, class Size, class Program>
__device__ void differentiate(WarpScores<Size>& scores, WarpScores<Size>& d_weights,
                              const float* log_sum_exp, const float* weighted_loss,
                              const BackwardHead<bfloat16, Program>& head, Range queries,
                              Range keys, LanePlace place) {
  const std::uint32_t kept = kept_weights<Size, own_queries>(head.dropout, queries, keys, place);
  const auto keep_factor = static_cast<float>(head.dropout.keep_factor);
  const bool whole = queries.size() == (own_queries ? Size::own_rows : Size::streamed_rows) &&
                     keys.size() == (own_queries ? Size::streamed_rows : Size::own_rows) &&
                     head.mask.all_visible(queries, keys);
  scores.for_each([&](float& score, int band, int n, int i) {
    const int row = place.template row<Size>(band, i), column = place.column(n, i);
    const int query = own_queries ? row : column, key = own_queries ? column : row;
    const bool seen = whole || (query < queries.size() && key < keys.size() &&
                                head.mask.visible(queries.begin + query, keys.begin + key));
    const float factor = kept >> (n * 4 + i) & 1u ? keep_factor : 0.0f;
    const float p = exp2(score * (head.scale * log2_e) - log_sum_exp[query]);
    float& d_weight = d_weights.number[band][n][i];
    const float d_score = p * (d_weight * factor - weighted_loss[query]);
    score = seen ? p * factor : 0.0f;
    d_weight = seen ? d_score * head.scale : 0.0f;
  });
}

/// Each query's output times its derivative, a warp after the other.
template <class Size>
__device__ void weigh_loss(HeadRows<const bfloat16> output, HeadRows<const bfloat16> d_output,
                           Range queries, int d_head, LanePlace place, float* weighted_loss) {
  for (int row = queries.begin + place.warp; row < queries.end; row += Size::warps) {
    float total = 0;
    for (int c = place.lane; c < d_head; c += warp_size)
      total += static_cast<float>(output.row(row)[c]) * static_cast<float>(d_output.row(row)[c]);
    total = warp_join(total, Add{});
    if (place.lane == 0) weighted_loss[row] = total;
  }
}

/// dq of a block's queries.
template <class Size, MaskPrograms Masks>
__global__ void __launch_bounds__(Size::threads, 2)
    attend_tensor_cores_dq(AttendArguments<bfloat16> in, BackwardArguments<bfloat16> gradients,
                           Masks masks) {
  using Tiles = QueryBlockHalves<Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const LanePlace place;
  const auto [index, first] = task_of_block(in, in.query, Size::own_rows);
  const auto rows = [&, index = index](auto* tensor, std::int32_t length) {
    return rows_of_head(tensor, index, length, in.d_head);
  };
  const HeadRows<const bfloat16> k = rows_of_group(in, in.k, index),
                                 v = rows_of_group(in, in.v, index);
  const auto mask = masks.program(index.batch, index.head);
  const BackwardHead<bfloat16, decltype(masks.program(0, 0))> head{
      in.scale, dropout_of_head(in, index), mask};
  const Range queries{first, std::min(first + Size::own_rows, in.query)};
  const bool has_rows = place.warp * Size::warp_rows < queries.size();
  const KeyRange auto seen = mask.keys_of(queries);
  const auto keys_from = [&](std::int32_t begin) {
    return Range{begin, std::min(begin + Size::streamed_rows, seen.end)};
  };
  const auto start_loading_keys = [&](int stage, Range keys) {
    if (keys.size() > 0) {
      tiles->streamed[stage][0].start_loading(k, keys, in.d_head);
      tiles->streamed[stage][1].start_loading(v, keys, in.d_head);
    }
    commit_copies();
  };

  tiles->own[0].start_loading(rows(in.q, in.query), queries, in.d_head);
  tiles->own[1].start_loading(rows(gradients.d_output, in.query), queries, in.d_head);
  start_loading_keys(0, keys_from(seen.next(seen.begin)));
  float* const weighted_loss = gradients.weighted_loss + index.row() * in.query;
  weigh_loss<Size>(rows(gradients.output, in.query), rows(gradients.d_output, in.query), queries,
                   in.d_head, place, weighted_loss);
  __syncthreads();
  tiles->load_query_numbers(0, gradients.log_sum_exp + index.row() * in.query, weighted_loss,
                            queries);

  WarpSums<Size> dq{};
  int stage = 0;
  std::int32_t begin = seen.next(seen.begin);
  while (begin < seen.end) {
    const Range keys = keys_from(begin);
    begin = seen.next(begin + Size::streamed_rows);
    start_loading_keys(1 - stage, keys_from(begin));
    wait_for_copies<1>();  // for all but the tile that was just ordered
    __syncthreads();
    if (has_rows) {
      auto scores = multiply_transposed(tiles->own[0], tiles->streamed[stage][0], place);
      auto d_scores = multiply_transposed(tiles->own[1], tiles->streamed[stage][1], place);
      differentiate<true>(scores, d_scores, tiles->log_sum_exp[0], tiles->weighted_loss[0], head,
                          queries, keys, place);
      multiply_add(dq, d_scores, tiles->streamed[stage][0], place);
    }
    __syncthreads();  // all warps are done with this stage
    stage = 1 - stage;
  }
  wait_for_copies<0>();
  store(dq, rows(gradients.dq, in.query), queries, in.d_head, place, [](int, int) { return 1.0f; });
}

/// The first tile from `begin` on with a query that sees one of the keys.
template <class Size, MaskProgram Program>
__device__ std::int32_t skip_blind_queries(const Program& mask, std::int32_t begin,
                                           std::int32_t query, Range keys) {
  constexpr std::int32_t step = Size::streamed_rows;
  while (begin < query && !mask.keys_of({begin, std::min(begin + step, query)}).intersects(keys))
    begin += step;
  return begin;
}

/// dk and dv of a block's keys. The queries that see none of them are passed over.
template <class Size, MaskPrograms Masks>
__global__ void __launch_bounds__(Size::threads, 2)
    attend_tensor_cores_dkdv(AttendArguments<bfloat16> in, BackwardArguments<bfloat16> gradients,
                             Masks masks) {
  using Tiles = KeyBlockHalves<Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const LanePlace place;
  const auto [index, first] = task_of_block(in, in.key, Size::own_rows);
  const auto rows = [&, index = index](auto* tensor, std::int32_t length) {
    return rows_of_head(tensor, index, length, in.d_head);
  };
  const HeadRows<const bfloat16> k = rows_of_group(in, in.k, index),
                                 v = rows_of_group(in, in.v, index);
  const auto mask = masks.program(index.batch, index.head);
  const BackwardHead<bfloat16, decltype(masks.program(0, 0))> head{
      in.scale, dropout_of_head(in, index), mask};
  const Range keys{first, std::min(first + Size::own_rows, in.key)};
  const bool has_rows = place.warp * Size::warp_rows < keys.size();
  const auto queries_from = [&](std::int32_t begin) {
    return Range{begin, std::min(begin + Size::streamed_rows, in.query)};
  };
  const std::int64_t first_query = index.row() * in.query;
  const auto start_loading_queries = [&](int stage, Range queries) {
    if (queries.size() > 0) {
      tiles->streamed[stage][0].start_loading(rows(in.q, in.query), queries, in.d_head);
      tiles->streamed[stage][1].start_loading(rows(gradients.d_output, in.query), queries,
                                              in.d_head);
      tiles->load_query_numbers(stage, gradients.log_sum_exp + first_query,
                                gradients.weighted_loss + first_query, queries);
    }
    commit_copies();
  };

  tiles->own[0].start_loading(k, keys, in.d_head);
  tiles->own[1].start_loading(v, keys, in.d_head);
  std::int32_t begin = skip_blind_queries<Size>(mask, 0, in.query, keys);
  start_loading_queries(0, queries_from(begin));
  WarpSums<Size> dk{}, dv{};
  int stage = 0;
  while (begin < in.query) {
    const Range queries = queries_from(begin);
    begin = skip_blind_queries<Size>(mask, queries.end, in.query, keys);
    start_loading_queries(1 - stage, queries_from(begin));
    wait_for_copies<1>();  // for all but the tile that was just ordered
    __syncthreads();
    if (has_rows) {
      auto weights = multiply_transposed(tiles->own[0], tiles->streamed[stage][0], place);
      auto d_scores = multiply_transposed(tiles->own[1], tiles->streamed[stage][1], place);
      differentiate<false>(weights, d_scores, tiles->log_sum_exp[stage],
                           tiles->weighted_loss[stage], head, queries, keys, place);
      multiply_add(dv, weights, tiles->streamed[stage][1], place);
      multiply_add(dk, d_scores, tiles->streamed[stage][0], place);
    }
    __syncthreads();  // all warps are done with this stage
    stage = 1 - stage;
  }
  wait_for_copies<0>();
  const auto once = [](int, int) { return 1.0f; };
  store(dk, rows(gradients.dk, in.key), keys, in.d_head, place, once);
  store(dv, rows(gradients.dv, in.key), keys, in.d_head, place, once);
}

/// Starts the backward kernels in bf16.
template <MaskPrograms Masks>
void attend_backward_with_tensor_cores(Cuda device, const AttendArguments<bfloat16>& in,
                                       const BackwardArguments<bfloat16>& gradients,
                                       const Masks& masks) {
  const auto start = [&](auto tiling) {
    using Size = decltype(tiling);
    launch_over_rows<attend_tensor_cores_dq<Size, Masks>, Size, QueryBlockHalves<Size>>(
        device, in, in.query, gradients, masks);
    launch_over_rows<attend_tensor_cores_dkdv<Size, Masks>, Size, KeyBlockHalves<Size>>(
        device, in, in.key, gradients, masks);
  };
  if (in.d_head <= 32) return start(TensorCoreTiling<32, 1>{});
  if (in.d_head <= 64) return start(TensorCoreTiling<64, 1>{});
  start(TensorCoreTiling<128, 1, 32>{});
}

}  // namespace lectern
