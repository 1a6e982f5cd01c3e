#include "tensor/cuda/rows.h"

namespace lectern {
namespace {

template <class T>
__global__ void softmax_rows(std::int64_t rows, std::int64_t width, const T* all_s, T* all_p) {
  SHARED(T, slots, [2][warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* s = all_s + row * width;
  T* p = all_p + row * width;
  const Exponentials<T> e = exponentials_of_row(width, s, slots);
  const T factor = e.sum > T{0} ? T{1} / e.sum : e.sum;
  for_each_column(width, [=](std::int64_t i) { p[i] = ::exp(s[i] - e.max) * factor; });
}

template <class T>
__global__ void softmax_backward_rows(std::int64_t rows, std::int64_t width, const T* all_p,
                                      const T* all_dp, T* all_ds) {
  SHARED(T, slots, [warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* p = all_p + row * width;
  const T* dp = all_dp + row * width;
  T* ds = all_ds + row * width;
  const T mean = sum_of_row(width, slots, [=](std::int64_t i) { return p[i] * dp[i]; });
  for_each_column(width, [=](std::int64_t i) { ds[i] = p[i] * (dp[i] - mean); });
}

template <class T>
__global__ void log_softmax_rows(std::int64_t rows, std::int64_t width, const T* all_s, T* all_l) {
  SHARED(T, slots, [2][warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* s = all_s + row * width;
  T* l = all_l + row * width;
  const Exponentials<T> e = exponentials_of_row(width, s, slots);
  const T max = e.max, log_sum = e.sum > T{0} ? ::log(e.sum) : T{0};
  for_each_column(width, [=](std::int64_t i) { l[i] = (s[i] - max) - log_sum; });
}

template <class T>
__global__ void log_softmax_backward_rows(std::int64_t rows, std::int64_t width, const T* all_l,
                                          const T* all_dl, T* all_ds) {
  SHARED(T, slots, [warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* l = all_l + row * width;
  const T* dl = all_dl + row * width;
  T* ds = all_ds + row * width;
  const T sum = sum_of_row(width, slots, [=](std::int64_t i) { return dl[i]; });
  for_each_column(width, [=](std::int64_t i) { ds[i] = dl[i] - ::exp(l[i]) * sum; });
}

}  // namespace

template <class T>
void softmax_kernel(Cuda device, const Tensor& scores, Tensor& probabilities) {
  launch_rows<softmax_rows<T>>(device, scores.shape().outer(-1), scores.dim(-1),
                               scores.device_data<T>(), probabilities.device_data<T>());
}

template <class T>
void softmax_backward_kernel(Cuda device, const Tensor& probabilities, const Tensor& gradient,
                             Tensor& d_scores) {
  launch_rows<softmax_backward_rows<T>>(device, gradient.shape().outer(-1), gradient.dim(-1),
                                        probabilities.device_data<T>(), gradient.device_data<T>(),
                                        d_scores.device_data<T>());
}

template <class T>
void log_softmax_kernel(Cuda device, const Tensor& scores, Tensor& logarithms) {
  launch_rows<log_softmax_rows<T>>(device, scores.shape().outer(-1), scores.dim(-1),
                                   scores.device_data<T>(), logarithms.device_data<T>());
}

template <class T>
void log_softmax_backward_kernel(Cuda device, const Tensor& logarithms, const Tensor& gradient,
                                 Tensor& d_scores) {
  launch_rows<log_softmax_backward_rows<T>>(device, gradient.shape().outer(-1), gradient.dim(-1),
                                            logarithms.device_data<T>(), gradient.device_data<T>(),
                                            d_scores.device_data<T>());
}

template void softmax_kernel<float>(Cuda, const Tensor&, Tensor&);
template void softmax_kernel<double>(Cuda, const Tensor&, Tensor&);
template void softmax_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void softmax_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void log_softmax_kernel<float>(Cuda, const Tensor&, Tensor&);
template void log_softmax_kernel<double>(Cuda, const Tensor&, Tensor&);
template void log_softmax_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void log_softmax_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);

}  // namespace lectern
