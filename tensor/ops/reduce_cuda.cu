#include "tensor/cuda/rows.h"
#include "tensor/cuda/sums.h"

namespace lectern {
namespace {

template <class T>
__global__ void sum_rows(std::int64_t rows, std::int64_t width, const T* x, T* sums) {
  SHARED(T, slots, [warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* numbers = x + row * width;
  const T sum = sum_of_row(width, slots, [=](std::int64_t i) { return numbers[i]; });
  if (threadIdx.x == 0) sums[row] = sum;
}

template <class T>
__global__ void max_of_rows(std::int64_t rows, std::int64_t width, const T* x, T* largest) {
  SHARED(T, slots, [warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* numbers = x + row * width;
  T mine = -std::numeric_limits<T>::infinity();
  for_each_column(width, [&](std::int64_t i) { mine = Larger{}(mine, numbers[i]); });
  const T max = join_row(mine, mine, slots, Larger{});
  if (threadIdx.x == 0) largest[row] = max;
}

/// A NaN counts as larger than any number.
struct LargerOrNan {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a >= b || a != a ? a : b;
  }
};

/// Finds the largest value first, and then the first place where it stands.
template <class T>
__global__ void argmax_of_rows(std::int64_t rows, std::int64_t width, const T* x,
                               std::int32_t* places) {
  SHARED(T, slots, [warp_size]);
  SHARED(std::int64_t, place_slots, [warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* numbers = x + row * width;
  T mine = -std::numeric_limits<T>::infinity();
  for_each_column(width, [&](std::int64_t i) { mine = LargerOrNan{}(mine, numbers[i]); });
  const T max = join_row(mine, mine, slots, LargerOrNan{});
  std::int64_t place = width;
  for_each_column(width, [&](std::int64_t i) {
    if (i < place && (numbers[i] == max || numbers[i] != numbers[i])) place = i;
  });
  place = join_row(place, width, place_slots, Smaller{});
  if (threadIdx.x == 0) places[row] = static_cast<std::int32_t>(place);
}

}  // namespace

template <class T>
void sum_kernel(Cuda device, const Tensor& x, Tensor& result) {
  const T* in = x.device_data<T>();
  T* out = result.device_data<T>();
  sum_all(
      device, x.size(), [=] __device__(std::int64_t i) { return in[i]; },
      [=] __device__(std::int64_t, double sum) { *out = static_cast<T>(sum); });
}

template <class T>
void sum_axis_kernel(Cuda device, const Tensor& x, std::int64_t outer, std::int64_t extent,
                     std::int64_t inner, Tensor& result) {
  const T* in = x.device_data<T>();
  T* out = result.device_data<T>();
  if (inner == 1) return launch_rows<sum_rows<T>>(device, outer, extent, in, out);
  sum_along<T>(
      device, {outer, extent, inner},
      [=] __device__(std::int64_t row, std::int64_t column) { return in[row * inner + column]; },
      [=] __device__(std::int64_t i, T sum) { out[i] = sum; });
}

template <class T>
void repeat_axis_kernel(Cuda device, const Tensor& x, std::int64_t outer, std::int64_t extent,
                        std::int64_t inner, Tensor& result) {
  const T* in = x.device_data<T>();
  T* out = result.device_data<T>();
  const std::int64_t repeated = extent * inner;
  for_each_element(device, outer * repeated, [=] __device__(std::int64_t i) {
    out[i] = in[i / repeated * inner + i % inner];
  });
}

template <class T>
void max_last_kernel(Cuda device, const Tensor& x, Tensor& result) {
  launch_rows<max_of_rows<T>>(device, x.shape().outer(-1), x.dim(-1), x.device_data<T>(),
                              result.device_data<T>());
}

template <class T>
void argmax_kernel(Cuda device, const Tensor& x, Tensor& result) {
  launch_rows<argmax_of_rows<T>>(device, x.shape().outer(-1), x.dim(-1), x.device_data<T>(),
                                 result.device_data<std::int32_t>());
}

template void sum_kernel<float>(Cuda, const Tensor&, Tensor&);
template void sum_kernel<double>(Cuda, const Tensor&, Tensor&);
template void sum_axis_kernel<float>(Cuda, const Tensor&, std::int64_t, std::int64_t, std::int64_t,
                                     Tensor&);
template void sum_axis_kernel<double>(Cuda, const Tensor&, std::int64_t, std::int64_t, std::int64_t,
                                      Tensor&);
template void repeat_axis_kernel<float>(Cuda, const Tensor&, std::int64_t, std::int64_t,
                                        std::int64_t, Tensor&);
template void repeat_axis_kernel<double>(Cuda, const Tensor&, std::int64_t, std::int64_t,
                                         std::int64_t, Tensor&);
template void max_last_kernel<float>(Cuda, const Tensor&, Tensor&);
template void max_last_kernel<double>(Cuda, const Tensor&, Tensor&);
template void argmax_kernel<float>(Cuda, const Tensor&, Tensor&);
template void argmax_kernel<double>(Cuda, const Tensor&, Tensor&);

}  // namespace lectern
