#include "tensor/ops/adam.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void adam_update_kernel(Cpu, std::vector<AdamParameter>& parameters,
                        const AdamCoefficients& coefficients, const Tensor& numbers);
template <class T>
void adam_update_kernel(Cuda, std::vector<AdamParameter>& parameters,
                        const AdamCoefficients& coefficients, const Tensor& numbers);

void adam_update(std::vector<AdamParameter> parameters, const AdamCoefficients& coefficients,
                 const Tensor& numbers) {
  if (parameters.empty()) return;
  for (const AdamParameter& p : parameters) {
    expect_alike("adam_update", parameters.front().weight, p.weight);
    for (const Tensor* other : {&p.gradient, &p.first_moment, &p.second_moment})
      expect_same_shape("adam_update", p.weight, *other);
  }
  launch(parameters.front().weight, [&](auto device, auto zero) {
    adam_update_kernel<decltype(zero)>(device, parameters, coefficients, numbers);
  });
}

}  // namespace lectern
