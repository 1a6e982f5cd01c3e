#include "tensor/ops/dropout_mask_cuda.h"

namespace lectern {
template <class T>
void dropout_kernel(Cuda device, const Tensor& x, double probability, RandomKey key, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in, T factor) { return masked(in, factor); }, numbers<T>(x),
      MaskFactors<T>(probability, key));
}

template <class T>
void dropout_add_kernel(Cuda device, const Tensor& x, const Tensor& residual, double probability,
                        RandomKey key, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in, T start, T factor) { return start + masked(in, factor); },
      numbers<T>(x), numbers<T>(residual), MaskFactors<T>(probability, key));
}

template <class T>
void relu_dropout_kernel(Cuda device, const Tensor& x, double probability, RandomKey key,
                         Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in, T factor) { return masked(in > T{0} ? in : T{0}, factor); },
      numbers<T>(x), MaskFactors<T>(probability, key));
}

template <class T>
void relu_dropout_backward_kernel(Cuda device, const Tensor& y, const Tensor& gradient,
                                  double probability, Tensor& d_x) {
  const T factor = factor_of_kept<T>(probability);
  fill_each<T>(
      device, d_x, [=] __device__(T out, T dy) { return masked(dy, out > T{0} ? factor : T{0}); },
      numbers<T>(y), numbers<T>(gradient));
}

template void dropout_kernel<float>(Cuda, const Tensor&, double, RandomKey, Tensor&);
template void dropout_kernel<double>(Cuda, const Tensor&, double, RandomKey, Tensor&);
template void dropout_add_kernel<float>(Cuda, const Tensor&, const Tensor&, double, RandomKey,
                                        Tensor&);
template void dropout_add_kernel<double>(Cuda, const Tensor&, const Tensor&, double, RandomKey,
                                         Tensor&);
template void relu_dropout_kernel<float>(Cuda, const Tensor&, double, RandomKey, Tensor&);
template void relu_dropout_kernel<double>(Cuda, const Tensor&, double, RandomKey, Tensor&);
template void relu_dropout_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, double,
                                                  Tensor&);
template void relu_dropout_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, double,
                                                   Tensor&);

}  // namespace lectern
