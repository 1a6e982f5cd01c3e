#include "tensor/ops/rows_cpu.h"
#include "tensor/ops/sgd.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void sgd_update_kernel(Cpu, std::vector<SgdParameter>& parameters,
                       const SgdCoefficients& coefficients, const Tensor& numbers) {
  const StepNumbers step = read_step_numbers(numbers);
  if (step.stopped != 0) return;
  const T rate = static_cast<T>(step.learning_rate), scale = static_cast<T>(step.gradient_scale);
  const T momentum = static_cast<T>(coefficients.momentum);
  for (SgdParameter& parameter : parameters) {
    T* w = parameter.weight.data<T>();
    T* u = parameter.velocity.data<T>();
    const T* g = parameter.gradient.data<T>();
    const T decay = static_cast<T>(parameter.decays ? coefficients.weight_decay : 0);
    for_element_blocks(parameter.weight.size(), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        u[i] = momentum * u[i] + (scale * g[i] + decay * w[i]);
      for (std::int64_t i = begin; i < end; ++i) w[i] -= rate * u[i];
    });
  }
}

template void sgd_update_kernel<float>(Cpu, std::vector<SgdParameter>&, const SgdCoefficients&,
                                       const Tensor&);
template void sgd_update_kernel<double>(Cpu, std::vector<SgdParameter>&, const SgdCoefficients&,
                                        const Tensor&);

}  // namespace lectern
