#include "tensor/ops/adam.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void adam_update_kernel(Cpu, Tensor& weight, const Tensor& gradient, Tensor& first_moment,
                        Tensor& second_moment, const AdamCoefficients& coefficients);
template <class T>
void adam_update_kernel(Cuda, Tensor& weight, const Tensor& gradient, Tensor& first_moment,
                        Tensor& second_moment, const AdamCoefficients& coefficients);

void adam_update(Tensor& weight, const Tensor& gradient, Tensor& first_moment,
                 Tensor& second_moment, const AdamCoefficients& coefficients) {
  expect_same_shape("adam_update", weight, gradient);
  expect_same_shape("adam_update", weight, first_moment);
  expect_same_shape("adam_update", weight, second_moment);
  launch(weight, [&](auto device, auto zero) {
    adam_update_kernel<decltype(zero)>(device, weight, gradient, first_moment, second_moment,
                                       coefficients);
  });
}

}  // namespace lectern
