#include <type_traits>

#include "tensor/cuda/loops.h"
#include "tensor/ops/permute_walk.h"

namespace lectern {

constexpr int tile_width = 32, tile_height = 8;

/// Matrices of the result, `rows` × `width`, that are columns × rows in the operand, where a row is
/// `step` long; and how many tiles, 32 × 32, cover one of them.
struct Transposition {
  PermuteWalk walk;
  std::int64_t rows, width, step, tiles_down, tiles_across;

  explicit Transposition(const PermuteWalk& permutation)
      : walk(permutation),
        rows(walk.extents[walk.rank - 2]),
        width(walk.width()),
        step(walk.steps[walk.rank - 1]),
        tiles_down(divide_up(rows, tile_width)),
        tiles_across(divide_up(width, tile_width)) {}

  std::int64_t tiles() const { return walk.rows() / rows * tiles_down * tiles_across; }
};

/// One block turns one tile around in shared memory, so that neighbouring threads both read and
/// write neighbouring numbers. The tile's rows are one number longer than it is wide: 32 numbers of
/// a column then lie in 32 memory banks.
template <class Word>
__global__ void transpose_tiles(Transposition x, const Word* in, Word* out) {
  SHARED(Word, tile, [tile_width][tile_width + 1]);
  const std::int64_t matrix = blockIdx.x / (x.tiles_down * x.tiles_across);
  const std::int64_t row = blockIdx.x / x.tiles_across % x.tiles_down * tile_width;
  const std::int64_t column = blockIdx.x % x.tiles_across * tile_width;
  const Word* from = in + x.walk.offset(matrix * x.rows);
  Word* to = out + matrix * x.rows * x.width;

  const unsigned i = threadIdx.x;
  for (unsigned k = threadIdx.y; k < tile_width; k += tile_height)
    if (row + i < x.rows && column + k < x.width)
      tile[k][i] = from[(column + k) * x.step + row + i];
  __syncthreads();
  for (unsigned k = threadIdx.y; k < tile_width; k += tile_height)
    if (row + k < x.rows && column + i < x.width) to[(row + k) * x.width + column + i] = tile[i][k];
}

/// Numbers are moved and never looked at, so 16 bits are as good as a bfloat16.
template <class T>
using WordOf = std::conditional_t<std::is_same_v<T, bfloat16>, std::uint16_t, T>;

template <class T>
void permute_kernel(Cuda device, const Tensor& x, const std::vector<int>& axes, Tensor& result) {
  using Word = WordOf<T>;
  if (result.size() == 0) return;
  const PermuteWalk walk(x, axes);
  const auto* in = reinterpret_cast<const Word*>(x.device_data<T>());
  auto* out = reinterpret_cast<Word*>(result.device_data<T>());
  if (walk.transposes()) {
    const Transposition matrices(walk);
    return launch_kernel<transpose_tiles<Word>>(
        device,
        {.blocks = dim3(static_cast<unsigned>(matrices.tiles())),
         .threads = dim3(tile_width, tile_height)},
        matrices, in, out);
  }
  const std::int64_t width = walk.width(), step = walk.steps[walk.rank - 1];
  for_each_element(device, result.size(), [=] __device__(std::int64_t i) {
    out[i] = in[walk.offset(i / width) + i % width * step];
  });
}

template void permute_kernel<float>(Cuda, const Tensor&, const std::vector<int>&, Tensor&);
template void permute_kernel<double>(Cuda, const Tensor&, const std::vector<int>&, Tensor&);
template void permute_kernel<std::int32_t>(Cuda, const Tensor&, const std::vector<int>&, Tensor&);
template void permute_kernel<bfloat16>(Cuda, const Tensor&, const std::vector<int>&, Tensor&);

}  // namespace lectern
