#include <vector>

#include "tensor/ops/permute_walk.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {
namespace {

/// Rows of the result whose numbers lie side by side in the operand: a transposed matrix. Sixteen
/// rows at a time, so that every cache line that is read is used whole.
template <class T>
void transpose_kernel(const PermuteWalk& walk, const T* in, T* out) {
  constexpr std::int64_t group = 16;
  const int last = walk.rank - 1;
  const std::int64_t width = walk.extents[last], step = walk.steps[last];
  const std::int64_t rows = walk.extents[last - 1], groups = (rows + group - 1) / group;
  for_each_row(walk.rows() / rows * groups, group * width, [&](std::int64_t task) {
    const std::int64_t first = task % groups * group, height = std::min(group, rows - first);
    const std::int64_t row = task / groups * rows + first;
    const T* from = in + walk.offset(row);
    T* to = out + row * width;
    for (std::int64_t i = 0; i < width; ++i)
      for (std::int64_t k = 0; k < height; ++k) to[k * width + i] = from[i * step + k];
  });
}

}  // namespace

template <class T>
void permute_kernel(Cpu, const Tensor& x, const std::vector<int>& axes, Tensor& result) {
  if (result.size() == 0) return;
  const PermuteWalk walk(x, axes);
  const int last = walk.rank - 1;
  const T* in = x.data<T>();
  T* out = result.data<T>();
  if (walk.transposes()) return transpose_kernel(walk, in, out);

  const std::int64_t width = walk.extents[last], step = walk.steps[last];
  for_each_row(walk.rows(), width, [&](std::int64_t row) {
    const T* from = in + walk.offset(row);
    T* to = out + row * width;
    if (step == 1)
      for (std::int64_t i = 0; i < width; ++i) to[i] = from[i];
    else
      for (std::int64_t i = 0; i < width; ++i) to[i] = from[i * step];
  });
}

template void permute_kernel<float>(Cpu, const Tensor&, const std::vector<int>&, Tensor&);
template void permute_kernel<double>(Cpu, const Tensor&, const std::vector<int>&, Tensor&);
template void permute_kernel<std::int32_t>(Cpu, const Tensor&, const std::vector<int>&, Tensor&);
template void permute_kernel<bfloat16>(Cpu, const Tensor&, const std::vector<int>&, Tensor&);

}  // namespace lectern
