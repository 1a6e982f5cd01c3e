#include <cmath>

#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void sum_kernel(Cpu, const Tensor& x, Tensor& result) {
  const T* in = x.data<T>();
  const double total = sum_of_blocks(x.size(), [=](std::int64_t begin, std::int64_t end) {
    const T* block = in + begin;
    return sum_of<T>(end - begin, [=](std::int64_t i) { return block[i]; });
  });
  *result.data<T>() = static_cast<T>(total);
}

/// Rows that are summed together, at least, and numbers of them: partial sums are then few beside
/// what they are sums of, and `sums` stays in the first-level cache.
constexpr std::int64_t least_rows = 32, most_numbers = 2048;

/// Long axes are cut into blocks of rows, whose sums are then added in order; wide rows into pieces.
template <class T>
void sum_axis_kernel(Cpu, const Tensor& x, std::int64_t outer, std::int64_t extent,
                     std::int64_t inner, Tensor& result) {
  const T* in = x.data<T>();
  T* out = result.data<T>();
  if (inner == 1) {
    for_each_row(outer, extent, [=](std::int64_t row) {
      const T* numbers = in + row * extent;
      out[row] = sum_of<T>(extent, [=](std::int64_t i) { return numbers[i]; });
    });
    return;
  }
  const std::int64_t height = std::max(least_rows, rows_per_block(inner));
  const std::int64_t blocks = std::max<std::int64_t>(1, (extent + height - 1) / height);
  Tensor scratch = blocks == 1 ? result : Tensor({outer, blocks, inner}, x.dtype(), cpu);
  T* partial = scratch.data<T>();
  // The blocks of each, the pieces of each block.
  const auto sum_all = [=](std::int64_t blocks_of_each, std::int64_t rows_of_block,
                           std::int64_t rows_of_each, const T* from, T* to) {
    const std::int64_t pieces = (inner + most_numbers - 1) / most_numbers;
    const std::int64_t work = std::min(inner, most_numbers) * std::min(rows_of_each, rows_of_block);
    parallel_for(outer * blocks_of_each * pieces, rows_per_block(work),
                 [=](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t task = begin; task < end; ++task) {
                     const std::int64_t block = task / pieces, piece = task % pieces * most_numbers;
                     const std::int64_t first = block % blocks_of_each * rows_of_block;
                     sum_rows(
                         std::min(rows_of_block, rows_of_each - first),
                         std::min(most_numbers, inner - piece),
                         from + (block / blocks_of_each * rows_of_each + first) * inner + piece,
                         inner, to + block * inner + piece);
                   }
                 });
  };
  sum_all(blocks, height, extent, in, partial);
  if (blocks > 1) sum_all(1, blocks, blocks, partial, out);
}

template <class T>
void repeat_axis_kernel(Cpu, const Tensor& x, std::int64_t outer, std::int64_t extent,
                        std::int64_t inner, Tensor& result) {
  const T* in = x.data<T>();
  T* out = result.data<T>();
  if (inner == 1) {
    for_each_row(outer, extent,
                 [=](std::int64_t o) { std::fill_n(out + o * extent, extent, in[o]); });
    return;
  }
  for_each_row(outer * extent, inner, [=](std::int64_t row) {
    std::copy_n(in + row / extent * inner, inner, out + row * inner);
  });
}

template <class T>
void max_last_kernel(Cpu, const Tensor& x, Tensor& result) {
  const T* in = x.data<T>();
  T* out = result.data<T>();
  const std::int64_t width = width_of(x);
  for_each_row(rows_of(x), width,
               [=](std::int64_t row) { out[row] = max_of(width, in + row * width); });
}

/// Finds the largest value first, in lanes, and then the place where it stands.
template <class T>
void argmax_kernel(Cpu, const Tensor& x, Tensor& result) {
  const T* in = x.data<T>();
  std::int32_t* out = result.data<std::int32_t>();
  const std::int64_t width = width_of(x);
  for_each_row(rows_of(x), width, [=](std::int64_t row) {
    const T* numbers = in + row * width;
    const T* end = numbers + width;
    const T* found = std::find_if(numbers, end, [](T number) { return std::isnan(number); });
    if (found == end) found = std::find(numbers, end, max_of(width, numbers));
    out[row] = static_cast<std::int32_t>(found - numbers);
  });
}

template void sum_kernel<float>(Cpu, const Tensor&, Tensor&);
template void sum_kernel<double>(Cpu, const Tensor&, Tensor&);
template void sum_axis_kernel<float>(Cpu, const Tensor&, std::int64_t, std::int64_t, std::int64_t,
                                     Tensor&);
template void sum_axis_kernel<double>(Cpu, const Tensor&, std::int64_t, std::int64_t, std::int64_t,
                                      Tensor&);
template void repeat_axis_kernel<float>(Cpu, const Tensor&, std::int64_t, std::int64_t,
                                        std::int64_t, Tensor&);
template void repeat_axis_kernel<double>(Cpu, const Tensor&, std::int64_t, std::int64_t,
                                         std::int64_t, Tensor&);
template void max_last_kernel<float>(Cpu, const Tensor&, Tensor&);
template void max_last_kernel<double>(Cpu, const Tensor&, Tensor&);
template void argmax_kernel<float>(Cpu, const Tensor&, Tensor&);
template void argmax_kernel<double>(Cpu, const Tensor&, Tensor&);

}  // namespace lectern
