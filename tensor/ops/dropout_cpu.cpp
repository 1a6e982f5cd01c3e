#include "tensor/ops/dropout_mask_cpu.h"
#include "tensor/tensor.h"

namespace lectern {
namespace {

/// y[i] = formula(i, m) for every element, see fill_masked.
template <class T, class Formula>
void with_mask(std::int64_t count, double probability, RandomKey key, T* y,
               const Formula& formula) {
  for_element_blocks(count, [=](std::int64_t begin, std::int64_t end) {
    fill_masked(begin, end, probability, key, y, formula);
  });
}

}  // namespace

template <class T>
void dropout_kernel(Cpu, const Tensor& x, double probability, RandomKey key, Tensor& y) {
  const T* in = x.data<T>();
  with_mask(x.size(), probability, key, y.data<T>(),
            [=](std::int64_t i, T factor) { return masked(in[i], factor); });
}

template <class T>
void dropout_add_kernel(Cpu, const Tensor& x, const Tensor& residual, double probability,
                        RandomKey key, Tensor& y) {
  const T* in = x.data<T>();
  const T* start = residual.data<T>();
  with_mask(x.size(), probability, key, y.data<T>(),
            [=](std::int64_t i, T factor) { return start[i] + masked(in[i], factor); });
}

template <class T>
void relu_dropout_kernel(Cpu, const Tensor& x, double probability, RandomKey key, Tensor& y) {
  const T* in = x.data<T>();
  with_mask(x.size(), probability, key, y.data<T>(),
            [=](std::int64_t i, T factor) { return masked(in[i] > T{0} ? in[i] : T{0}, factor); });
}

template <class T>
void relu_dropout_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, double probability,
                                  Tensor& d_x) {
  const T* out = y.data<T>();
  const T* dy = gradient.data<T>();
  const T factor = static_cast<T>(1.0 / (1.0 - probability));
  fill_each(y.size(), d_x.data<T>(),
            [=](std::int64_t i) { return masked(dy[i], out[i] > T{0} ? factor : T{0}); });
}

template void dropout_kernel<float>(Cpu, const Tensor&, double, RandomKey, Tensor&);
template void dropout_kernel<double>(Cpu, const Tensor&, double, RandomKey, Tensor&);
template void dropout_add_kernel<float>(Cpu, const Tensor&, const Tensor&, double, RandomKey,
                                        Tensor&);
template void dropout_add_kernel<double>(Cpu, const Tensor&, const Tensor&, double, RandomKey,
                                         Tensor&);
template void relu_dropout_kernel<float>(Cpu, const Tensor&, double, RandomKey, Tensor&);
template void relu_dropout_kernel<double>(Cpu, const Tensor&, double, RandomKey, Tensor&);
template void relu_dropout_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, double,
                                                  Tensor&);
template void relu_dropout_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, double,
                                                   Tensor&);

}  // namespace lectern
