#pragma once

#include <limits>

#include "attention/ops/fused/attend_cuda.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/tensor_cores.h"

namespace lectern {

// Step 3: bf16 on tensor cores, with sums, scores and softmax in f32. The plan is that of step 2
// (attend_tiled_cuda.h): a block owns some rows and walks over the others. What changes is who
// holds what. A warp multiplies whole matrices of 16 × 16, spread over its registers as
// multiply_accumulate says, and the registers that hold scores are already laid out as the left
// factor of the next product, so that weights never go through shared memory. Two stages of shared
// memory let the next tile arrive while the present one is multiplied.

/// True where tensor cores multiply bf16 and rows of a head can be copied 16 bytes at a time. A
/// bias goes through f32: it needs registers that these kernels do not have to spare.
inline bool tensor_cores_take(Cuda device, const AttendInputs& inputs) {
  static const bool multiply_bf16 = cuda::device_info(device).compute_capability >= 80;
  return multiply_bf16 && inputs.d_head() % 8 == 0 && inputs.d_head() <= 128 &&
         !inputs.options.bias.widths.defined();
}

/// The sizes of a kernel for heads of at most `head_width` numbers.
///
/// At head size 64 the forward kernel takes 54 KiB of shared memory and 240 registers a thread, so
/// that two blocks share a multiprocessor of an H100 and one calculates exponentials while the
/// other multiplies.
///
/// \tparam warp_bands  bands of 16 rows that a warp owns. Two use what comes from shared memory
///                     twice; one leaves registers for wide heads and for gradients.
/// \tparam streamed    rows of a streamed tile
template <int head_width, int warp_bands, int streamed = 64>
struct TensorCoreTiling {
  static constexpr int width = head_width;
  static constexpr int bands = warp_bands;
  static constexpr int warps = 4;
  static constexpr int threads = warps * warp_size;
  static constexpr int warp_rows = 16 * bands;
  static constexpr int own_rows = warps * warp_rows;
  static constexpr int streamed_rows = streamed;
  /// 16 bytes more than a row: eight rows then start in eight different groups of banks.
  static constexpr int row_stride = width + 8;
};

/// Where a thread stands. Lanes of a group share rows; lanes with the same `pair` share columns.
struct LanePlace {
  int warp, lane, group, pair;

  __device__ LanePlace()
      : warp(static_cast<int>(threadIdx.x) / warp_size),
        lane(static_cast<int>(threadIdx.x) % warp_size),
        group(lane / 4),
        pair(lane % 4) {}
  /// Row of the block and column of the tile of number [band][n][i] of a thread.
  template <class Size>
  __device__ int row(int band, int i) const {
    return warp * Size::warp_rows + band * 16 + i / 2 * 8 + group;
  }
  __device__ int column(int n, int i) const { return n * 8 + pair * 2 + i % 2; }
};

/// A thread's part of a matrix `[warp_rows, 8 · count]` of sums: tile n of 16 × 8 numbers a band.
template <class Size, int count>
struct TileSums {
  float number[Size::bands][count][4];

  /// Calls `action(number, band, n, i)` for each number.
  template <class Action>
  __device__ void for_each(const Action& action) {
#pragma unroll
    for (int band = 0; band < Size::bands; ++band)
#pragma unroll
      for (int n = 0; n < count; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) action(number[band][n][i], band, n, i);
  }
};
template <class Size>
using WarpScores = TileSums<Size, Size::streamed_rows / 8>;
template <class Size>
using WarpSums = TileSums<Size, Size::width / 8>;

/// Rows of a head in shared memory.
template <class Size, int count>
struct alignas(16) HalfTile {
  bfloat16 number[count * Size::row_stride];

  __device__ const bfloat16* row(int i) const { return number + i * Size::row_stride; }
  /// Starts to copy `rows`; what is missing to `count` rows and to the full width becomes zero. All
  /// threads of the block take part.
  __device__ void start_loading(HeadRows<const bfloat16> source, Range rows, int d_head) {
    constexpr int packs = Size::width / 8;
    for (int i = static_cast<int>(threadIdx.x); i < count * packs; i += Size::threads) {
      const int r = i / packs, c = i % packs * 8;
      const bool exists = r < rows.size() && c < d_head;
      copy_async(number + r * Size::row_stride + c,
                 exists ? source.row(rows.begin + r) + c : source.first, exists);
    }
  }
};

template <class Size>
using OwnHalves = HalfTile<Size, Size::own_rows>;
template <class Size>
using StreamedHalves = HalfTile<Size, Size::streamed_rows>;

/// Scores = A Bᵀ of the warp's own rows of A and the streamed rows of B.
template <class Size>
__device__ WarpScores<Size> multiply_transposed(const OwnHalves<Size>& a,
                                                const StreamedHalves<Size>& b, LanePlace place) {
  WarpScores<Size> scores{};
  const int row = place.warp * Size::warp_rows + place.lane % 16;
  const int other_row = place.lane / 16 * 8 + place.lane % 8;
#pragma unroll
  for (int d = 0; d < Size::width; d += 16) {
    std::uint32_t left[Size::bands][4];
#pragma unroll
    for (int band = 0; band < Size::bands; ++band)
      load_matrices(left[band], a.row(row + band * 16) + d + place.lane / 16 * 8);
#pragma unroll
    for (int n = 0; n < Size::streamed_rows / 8; n += 2) {
      std::uint32_t right[4];
      load_matrices(right, b.row(other_row + n * 8) + d + place.lane / 8 % 2 * 8);
#pragma unroll
      for (int band = 0; band < Size::bands; ++band) {
        multiply_accumulate(scores.number[band][n], left[band], {right[0], right[1]});
        multiply_accumulate(scores.number[band][n + 1], left[band], {right[2], right[3]});
      }
    }
  }
  return scores;
}

/// Sums += W B for the warp's weights and the streamed rows of B. Two neighbouring tiles of weights
/// are, rounded to bf16, just the left factor of 16 × 16 numbers.
template <class Size>
__device__ void multiply_add(WarpSums<Size>& sums, const WarpScores<Size>& weights,
                             const StreamedHalves<Size>& b, LanePlace place) {
#pragma unroll
  for (int n = 0; n < Size::streamed_rows / 8; n += 2) {
    std::uint32_t left[Size::bands][4];
#pragma unroll
    for (int band = 0; band < Size::bands; ++band)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const auto& tile = weights.number[band][n + half];
        left[band][half * 2] = pack_bf16(tile[0], tile[1]);
        left[band][half * 2 + 1] = pack_bf16(tile[2], tile[3]);
      }
#pragma unroll
    for (int c = 0; c < Size::width / 8; c += 2) {
      std::uint32_t right[4];
      load_matrices<true>(right, b.row(n * 8 + place.lane % 16) + c * 8 + place.lane / 16 * 8);
#pragma unroll
      for (int band = 0; band < Size::bands; ++band) {
        multiply_accumulate(sums.number[band][c], left[band], {right[0], right[1]});
        multiply_accumulate(sums.number[band][c + 1], left[band], {right[2], right[3]});
      }
    }
  }
}

/// Joins one number of each of the four lanes that share a row.
template <class Join>
__device__ float join_group(float value, const Join& join) {
  value = join(value, __shfl_xor_sync(whole_warp, value, 1));
  return join(value, __shfl_xor_sync(whole_warp, value, 2));
}

/// Writes the warp's part of a result, rounded, each row times a factor of its own.
template <class Size, class Factor>
__device__ void store(const WarpSums<Size>& sums, HeadRows<bfloat16> target, Range rows, int d_head,
                      LanePlace place, const Factor& factor) {
#pragma unroll
  for (int band = 0; band < Size::bands; ++band)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = place.template row<Size>(band, half * 2);
      if (row >= rows.size()) continue;
      const float f = factor(band, half);
#pragma unroll
      for (int n = 0; n < Size::width / 8; ++n) {
        const auto& tile = sums.number[band][n];
        if (place.column(n, 0) < d_head)
          *reinterpret_cast<std::uint32_t*>(target.row(rows.begin + row) + place.column(n, 0)) =
              pack_bf16(tile[half * 2] * f, tile[half * 2 + 1] * f);
      }
    }
}

/// e^x = 2^(x · log₂e), and the processor's exponential is that of two.
constexpr float log2_e = 1.4426950408889634f;

}  // namespace lectern
