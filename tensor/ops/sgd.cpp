#include "tensor/ops/sgd.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void sgd_update_kernel(Cpu, std::vector<SgdParameter>& parameters,
                       const SgdCoefficients& coefficients, const Tensor& numbers);
template <class T>
void sgd_update_kernel(Cuda, std::vector<SgdParameter>& parameters,
                       const SgdCoefficients& coefficients, const Tensor& numbers);

void sgd_update(std::vector<SgdParameter> parameters, const SgdCoefficients& coefficients,
                const Tensor& numbers) {
  if (parameters.empty()) return;
  for (const SgdParameter& p : parameters) {
    expect_alike("sgd_update", parameters.front().weight, p.weight);
    expect_same_shape("sgd_update", p.weight, p.gradient);
    expect_same_shape("sgd_update", p.weight, p.velocity);
  }
  launch(parameters.front().weight, [&](auto device, auto zero) {
    sgd_update_kernel<decltype(zero)>(device, parameters, coefficients, numbers);
  });
}

}  // namespace lectern
