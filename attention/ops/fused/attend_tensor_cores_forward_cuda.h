#pragma once

#include "attention/ops/fused/attend_tensor_cores_cuda.h"

namespace lectern {

/// Shared memory of the forward kernel. Tile t of keys and values is in stage t % 2.
template <class Size>
struct ForwardHalves {
  OwnHalves<Size> q;
  StreamedHalves<Size> k[2], v[2];
};

/// The softmax of step 2 for the rows of a warp, two a band and thread: while scores are multiplied
/// by the scale, maxima are not.
template <class Size>
struct WarpSoftmax {
  float maximum[Size::bands][2], sum[Size::bands][2];

  __device__ WarpSoftmax() {
#pragma unroll
    for (int band = 0; band < Size::bands; ++band)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        maximum[band][half] = -std::numeric_limits<float>::infinity(), sum[band][half] = 0;
  }

  /// Turns q·k into weights relative to the new maxima, and rescales the sums.
  /// \param scale  the factor of scores, times log₂e
  __device__ void absorb(WarpScores<Size>& scores, float scale, WarpSums<Size>& weighted) {
    float largest[Size::bands][2], reference[Size::bands][2], shrink[Size::bands][2];
#pragma unroll
    for (int band = 0; band < Size::bands; ++band)
#pragma unroll
      for (int half = 0; half < 2; ++half) largest[band][half] = maximum[band][half];
    scores.for_each([&](float score, int band, int, int i) {
      largest[band][i / 2] = fmaxf(largest[band][i / 2], score);  // one instruction
    });
#pragma unroll
    for (int band = 0; band < Size::bands; ++band)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const float top = join_group(largest[band][half], Larger{});
        const bool nothing = top == -std::numeric_limits<float>::infinity();
        reference[band][half] = nothing ? 0 : top * scale;
        shrink[band][half] = exp2(maximum[band][half] * scale - reference[band][half]);
        maximum[band][half] = top;
        sum[band][half] *= shrink[band][half];
      }
    weighted.for_each([&](float& number, int band, int, int i) { number *= shrink[band][i / 2]; });
    scores.for_each([&](float& score, int band, int, int i) {
      sum[band][i / 2] += score = exp2(score * scale - reference[band][i / 2]);
    });
  }

  /// Completes the sums, of which every lane has its own columns.
  __device__ void join_lanes() {
#pragma unroll
    for (int band = 0; band < Size::bands; ++band)
#pragma unroll
      for (int half = 0; half < 2; ++half) sum[band][half] = join_group(sum[band][half], Add{});
  }
  /// 1/Σ; zero for a query that saw nothing. A NaN must pass.
  __device__ float factor(int band, int half) const {
    return sum[band][half] == 0 ? 0 : 1 / sum[band][half];
  }
  /// log Σ e^score of each row; infinity for a query that saw nothing.
  __device__ void store_log_sum_exp(float* target, Range rows, float scale, LanePlace place) const {
#pragma unroll
    for (int band = 0; band < Size::bands; ++band)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int row = place.template row<Size>(band, half * 2);
        if (place.pair == 0 && row < rows.size())
          target[rows.begin + row] = sum[band][half] == 0
                                         ? std::numeric_limits<float>::infinity()
                                         : maximum[band][half] * scale + log(sum[band][half]);
      }
  }
};

/// Hides what the mask hides.
template <class Size, MaskProgram Program>
__device__ void hide(WarpScores<Size>& scores, const Program& mask, Range queries, Range keys,
                     LanePlace place) {
  if (keys.size() == Size::streamed_rows && mask.all_visible(queries, keys)) return;
  scores.for_each([&](float& score, int band, int n, int i) {
    const int query = queries.begin + place.template row<Size>(band, i);
    const int key = keys.begin + place.column(n, i);
    if (key >= keys.end || !mask.visible(query, key))
      score = -std::numeric_limits<float>::infinity();
  });
}

/// Zeroes the weights that dropout drops and enlarges the rest.
template <class Size>
__device__ void drop(WarpScores<Size>& weights, const WeightDropout& dropout, Range queries,
                     Range keys, LanePlace place) {
  if (!dropout.active()) return;
  const auto factor = static_cast<float>(dropout.keep_factor);
#pragma unroll
  for (int band = 0; band < Size::bands; ++band) {
    const int first_row = place.warp * Size::warp_rows + band * 16;
    const KeptWeights<16, Size::streamed_rows> kept(dropout, queries.begin + first_row, keys.begin);
#pragma unroll
    for (int half = 0; half < 2; ++half)
#pragma unroll
      for (int part = 0; part < 2; ++part) {
        const std::uint32_t bits = kept.bits(place.group + half * 8, part);
#pragma unroll
        for (int n = 0; n < 4; ++n)
#pragma unroll
          for (int i = 0; i < 2; ++i)
            weights.number[band][part * 4 + n][half * 2 + i] *=
                bits >> place.column(n, i) & 1u ? factor : 0.0f;
      }
  }
}

/// Attention of a block's queries: for each tile of keys, scores, weights, weighted values.
template <class Size, MaskPrograms Masks>
__global__ void __launch_bounds__(Size::threads)
    attend_tensor_cores(AttendArguments<bfloat16> in, Masks masks, bfloat16* output,
                        float* log_sum_exp) {
  using Tiles = ForwardHalves<Size>;
  DYNAMIC_SHARED(Tiles, tiles);
  const LanePlace place;
  const auto [index, first] = task_of_block(in, in.query, Size::own_rows);
  const HeadRows<const bfloat16> k = rows_of_group(in, in.k, index);
  const HeadRows<const bfloat16> v = rows_of_group(in, in.v, index);
  const WeightDropout dropout = dropout_of_head(in, index);
  const auto mask = masks.program(index.batch, index.head);
  const Range queries{first, std::min(first + Size::own_rows, in.query)};
  const bool has_rows = place.warp * Size::warp_rows < queries.size();  // the same in a whole warp
  const KeyRange auto seen = mask.keys_of(queries);
  const auto keys_from = [&](std::int32_t begin) {
    return Range{begin, std::min(begin + Size::streamed_rows, seen.end)};
  };
  const auto start_loading_keys = [&](int stage, Range keys) {
    if (keys.size() > 0) {
      tiles->k[stage].start_loading(k, keys, in.d_head);
      tiles->v[stage].start_loading(v, keys, in.d_head);
    }
    commit_copies();
  };

  tiles->q.start_loading(rows_of_head(in.q, index, in.query, in.d_head), queries, in.d_head);
  start_loading_keys(0, keys_from(seen.next(seen.begin)));
  WarpSoftmax<Size> softmax;
  WarpSums<Size> weighted{};
  int stage = 0;
  std::int32_t begin = seen.next(seen.begin);
  while (begin < seen.end) {
    const Range keys = keys_from(begin);
    begin = seen.next(begin + Size::streamed_rows);
    start_loading_keys(1 - stage, keys_from(begin));
    wait_for_copies<1>();  // for all but the tile that was just ordered
    __syncthreads();
    if (has_rows) {
      auto scores = multiply_transposed(tiles->q, tiles->k[stage], place);
      hide(scores, mask, queries, keys, place);
      softmax.absorb(scores, in.scale * log2_e, weighted);
      drop(scores, dropout, queries, keys, place);
      multiply_add(weighted, scores, tiles->v[stage], place);
    }
    __syncthreads();  // all warps are done with this stage
    stage = 1 - stage;
  }
  wait_for_copies<0>();

  softmax.join_lanes();
  store(weighted, rows_of_head(output, index, in.query, in.d_head), queries, in.d_head, place,
        [&](int band, int half) { return softmax.factor(band, half); });
  softmax.store_log_sum_exp(log_sum_exp + index.row() * in.query, queries, in.scale, place);
}

/// Starts the forward kernel in bf16.
template <MaskPrograms Masks>
void attend_with_tensor_cores(Cuda device, const AttendArguments<bfloat16>& in, const Masks& masks,
                              AttendResult& result) {
  const auto start = [&](auto tiling) {
    using Size = decltype(tiling);
    launch_over_rows<attend_tensor_cores<Size, Masks>, Size, ForwardHalves<Size>>(
        device, in, in.query, masks, result.output.device_data<bfloat16>(),
        result.log_sum_exp.device_data<float>());
  };
  if (in.d_head <= 32) return start(TensorCoreTiling<32, 2>{});
  if (in.d_head <= 64) return start(TensorCoreTiling<64, 2>{});
  start(TensorCoreTiling<128, 1>{});
}

}  // namespace lectern
