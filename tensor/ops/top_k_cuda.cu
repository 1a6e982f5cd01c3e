#include "tensor/cuda/rows.h"
#include "tensor/ops/top_k.h"

namespace lectern {
namespace {

template <class T>
struct Choice {
  T value;
  std::int64_t place;
};

/// Of this thread's columns the best one that comes after `last` in order: smaller, or equal and
/// further right. A NaN counts as −∞.
template <class T>
__device__ Choice<T> best_after(const Choice<T>& last, std::int64_t width, const T* x) {
  const T lowest = -std::numeric_limits<T>::infinity();
  Choice<T> best{lowest, width};
  for_each_column(width, [&](std::int64_t i) {
    const T value = x[i] == x[i] ? x[i] : lowest;
    const bool comes_after = value < last.value || (value == last.value && i > last.place);
    if (comes_after && (best.place == width || value > best.value)) best = {value, i};
  });
  return best;
}

/// Every thread holds the best of its own columns. The best of these is taken, and only the thread
/// that held it looks for its next one.
template <class T>
__global__ void top_k_of_rows(std::int64_t rows, std::int64_t width, std::int64_t k, const T* all_x,
                              T* values, std::int32_t* indices) {
  SHARED(T, slots, [warp_size]);
  SHARED(std::int64_t, place_slots, [warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* x = all_x + row * width;
  Choice<T> mine = best_after({std::numeric_limits<T>::infinity(), -1}, width, x);
  for (std::int64_t i = row * k; i < (row + 1) * k; ++i) {
    Choice<T> best;
    best.value = join_row(mine.value, mine.value, slots, Larger{});
    best.place =
        join_row(mine.value == best.value ? mine.place : width, width, place_slots, Smaller{});
    if (best.place != mine.place) continue;
    values[i] = best.value;
    indices[i] = static_cast<std::int32_t>(best.place);
    mine = best_after(best, width, x);
  }
}

template <class T>
__global__ void log_sum_exp_of_rows(std::int64_t rows, std::int64_t width, const T* x,
                                    double* result) {
  SHARED(T, slots, [2][warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const Exponentials<T> e = exponentials_of_row(width, x + row * width, slots);
  if (threadIdx.x == 0)
    result[row] = static_cast<double>(e.max) + ::log(static_cast<double>(e.sum));
}

}  // namespace

template <class T>
void top_k_kernel(Cuda device, const Tensor& x, TopK& result) {
  launch_rows<top_k_of_rows<T>>(device, x.dim(0), x.dim(1), result.values.dim(1),
                                x.device_data<T>(), result.values.device_data<T>(),
                                result.indices.device_data<std::int32_t>());
}

template <class T>
void log_sum_exp_kernel(Cuda device, const Tensor& x, Tensor& result) {
  launch_rows<log_sum_exp_of_rows<T>>(device, x.dim(0), x.dim(1), x.device_data<T>(),
                                      result.device_data<double>());
}

template <class T>
void rank_rows_kernel(Cuda device, const Tensor& x, RankedRows& result) {
  top_k_kernel<T>(device, x, result.best);
  log_sum_exp_kernel<T>(device, x, result.log_sum_exp);
}

template void top_k_kernel<float>(Cuda, const Tensor&, TopK&);
template void top_k_kernel<double>(Cuda, const Tensor&, TopK&);
template void log_sum_exp_kernel<float>(Cuda, const Tensor&, Tensor&);
template void log_sum_exp_kernel<double>(Cuda, const Tensor&, Tensor&);
template void rank_rows_kernel<float>(Cuda, const Tensor&, RankedRows&);
template void rank_rows_kernel<double>(Cuda, const Tensor&, RankedRows&);

}  // namespace lectern
