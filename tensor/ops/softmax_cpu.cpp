#include "tensor/ops/elementary_cpu.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void softmax_kernel(Cpu, const Tensor& scores, Tensor& probabilities) {
  const std::int64_t width = width_of(scores);
  const T* all_s = scores.data<T>();
  T* all_p = probabilities.data<T>();
  for_each_row(rows_of(scores), width, [=](std::int64_t row) {
    const T* s = all_s + row * width;
    T* p = all_p + row * width;
    const T max = max_of(width, s);
    const T m = max > -std::numeric_limits<T>::infinity() ? max : T{0};
    for (std::int64_t i = 0; i < width; ++i) p[i] = exponential(s[i] - m);
    const T sum = sum_of<T>(width, [=](std::int64_t i) { return p[i]; });
    const T factor = sum > T{0} ? T{1} / sum : sum;
    for (std::int64_t i = 0; i < width; ++i) p[i] *= factor;
  });
}

template <class T>
void softmax_backward_kernel(Cpu, const Tensor& probabilities, const Tensor& gradient,
                             Tensor& d_scores) {
  const std::int64_t width = width_of(gradient);
  const T* all_p = probabilities.data<T>();
  const T* all_dp = gradient.data<T>();
  T* all_ds = d_scores.data<T>();
  for_each_row(rows_of(gradient), width, [=](std::int64_t row) {
    const T* p = all_p + row * width;
    const T* dp = all_dp + row * width;
    T* ds = all_ds + row * width;
    const T mean = sum_of<T>(width, [=](std::int64_t i) { return p[i] * dp[i]; });
    for (std::int64_t i = 0; i < width; ++i) ds[i] = p[i] * (dp[i] - mean);
  });
}

template <class T>
void log_softmax_kernel(Cpu, const Tensor& scores, Tensor& logarithms) {
  const std::int64_t width = width_of(scores);
  const T* all_s = scores.data<T>();
  T* all_l = logarithms.data<T>();
  for_each_row(rows_of(scores), width, [=](std::int64_t row) {
    const T* s = all_s + row * width;
    T* l = all_l + row * width;
    const T max = max_of(width, s);
    const T m = max > -std::numeric_limits<T>::infinity() ? max : T{0};
    const T sum = sum_of<T>(width, [=](std::int64_t i) { return exponential(s[i] - m); });
    const T log_sum = sum > T{0} ? std::log(sum) : T{0};
    for (std::int64_t i = 0; i < width; ++i) l[i] = (s[i] - m) - log_sum;
  });
}

template <class T>
void log_softmax_backward_kernel(Cpu, const Tensor& logarithms, const Tensor& gradient,
                                 Tensor& d_scores) {
  const std::int64_t width = width_of(gradient);
  const T* all_l = logarithms.data<T>();
  const T* all_dl = gradient.data<T>();
  T* all_ds = d_scores.data<T>();
  for_each_row(rows_of(gradient), width, [=](std::int64_t row) {
    const T* l = all_l + row * width;
    const T* dl = all_dl + row * width;
    T* ds = all_ds + row * width;
    const T sum = sum_of<T>(width, [=](std::int64_t i) { return dl[i]; });
    for (std::int64_t i = 0; i < width; ++i) ds[i] = dl[i] - exponential(l[i]) * sum;
  });
}

template void softmax_kernel<float>(Cpu, const Tensor&, Tensor&);
template void softmax_kernel<double>(Cpu, const Tensor&, Tensor&);
template void softmax_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void softmax_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void log_softmax_kernel<float>(Cpu, const Tensor&, Tensor&);
template void log_softmax_kernel<double>(Cpu, const Tensor&, Tensor&);
template void log_softmax_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void log_softmax_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);

}  // namespace lectern
