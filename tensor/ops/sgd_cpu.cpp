#include "tensor/launch.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/ops/sgd.h"

namespace lectern {

template <class T>
void sgd_update_kernel(Cpu, Tensor& weight, const Tensor& gradient, Tensor& velocity,
                       const SgdCoefficients& coefficients) {
  T* w = weight.data<T>();
  T* u = velocity.data<T>();
  const T* g = gradient.data<T>();
  const T rate = static_cast<T>(coefficients.learning_rate);
  const T momentum = static_cast<T>(coefficients.momentum);
  const T decay = static_cast<T>(coefficients.weight_decay);
  const T scale = static_cast<T>(coefficients.gradient_scale);
  for_element_blocks(weight.size(), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      u[i] = momentum * u[i] + (scale * g[i] + decay * w[i]);
    for (std::int64_t i = begin; i < end; ++i) w[i] -= rate * u[i];
  });
}

template void sgd_update_kernel<float>(Cpu, Tensor&, const Tensor&, Tensor&,
                                       const SgdCoefficients&);
template void sgd_update_kernel<double>(Cpu, Tensor&, const Tensor&, Tensor&,
                                        const SgdCoefficients&);

}  // namespace lectern
