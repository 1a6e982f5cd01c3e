#include "tensor/cuda/loops.h"
#include "tensor/ops/sgd.h"

namespace lectern {

template <class T>
void sgd_update_kernel(Cuda device, Tensor& weight, const Tensor& gradient, Tensor& velocity,
                       const SgdCoefficients& coefficients) {
  T* w = weight.device_data<T>();
  T* u = velocity.device_data<T>();
  const T* g = gradient.device_data<T>();
  const T rate = static_cast<T>(coefficients.learning_rate);
  const T momentum = static_cast<T>(coefficients.momentum);
  const T decay = static_cast<T>(coefficients.weight_decay);
  const T scale = static_cast<T>(coefficients.gradient_scale);
  for_each_element(device, weight.size(), [=] __device__(std::int64_t i) {
    const T step = momentum * u[i] + (scale * g[i] + decay * w[i]);
    u[i] = step;
    w[i] -= rate * step;
  });
}

template void sgd_update_kernel<float>(Cuda, Tensor&, const Tensor&, Tensor&,
                                       const SgdCoefficients&);
template void sgd_update_kernel<double>(Cuda, Tensor&, const Tensor&, Tensor&,
                                        const SgdCoefficients&);

}  // namespace lectern
