#include "tensor/ops/sgd.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void sgd_update_kernel(Cpu, Tensor& weight, const Tensor& gradient, Tensor& velocity,
                       const SgdCoefficients& coefficients);
template <class T>
void sgd_update_kernel(Cuda, Tensor& weight, const Tensor& gradient, Tensor& velocity,
                       const SgdCoefficients& coefficients);

void sgd_update(Tensor& weight, const Tensor& gradient, Tensor& velocity,
                const SgdCoefficients& coefficients) {
  expect_same_shape("sgd_update", weight, gradient);
  expect_same_shape("sgd_update", weight, velocity);
  launch(weight, [&](auto device, auto zero) {
    sgd_update_kernel<decltype(zero)>(device, weight, gradient, velocity, coefficients);
  });
}

}  // namespace lectern
