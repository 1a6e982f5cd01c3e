#include <cmath>

#include "tensor/ops/adam_factors.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {
namespace {

template <class T>
void update_block(std::int64_t count, T* __restrict w, const T* __restrict gradient,
                  T* __restrict m, T* __restrict v, const AdamFactors<T> f) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T g = f.gradient_scale * gradient[i] + f.l2 * w[i];
    m[i] = f.beta1 * m[i] + (T{1} - f.beta1) * g;
    v[i] = f.beta2 * v[i] + (T{1} - f.beta2) * g * g;
    w[i] = f.shrink * w[i] - f.step_size * m[i] / (std::sqrt(v[i]) * f.correction + f.epsilon);
  }
}

}  // namespace

template <class T>
void adam_update_kernel(Cpu, std::vector<AdamParameter>& parameters,
                        const AdamCoefficients& coefficients, const Tensor& numbers) {
  const StepNumbers step = read_step_numbers(numbers);
  if (step.stopped != 0) return;
  for (AdamParameter& parameter : parameters) {
    const AdamFactors<T> factors = adam_factors<T>(coefficients, step, parameter.decays);
    T* w = parameter.weight.data<T>();
    const T* g = parameter.gradient.data<T>();
    T* m = parameter.first_moment.data<T>();
    T* v = parameter.second_moment.data<T>();
    for_element_blocks(parameter.weight.size(), [=](std::int64_t begin, std::int64_t end) {
      update_block(end - begin, w + begin, g + begin, m + begin, v + begin, factors);
    });
  }
}

template void adam_update_kernel<float>(Cpu, std::vector<AdamParameter>&, const AdamCoefficients&,
                                        const Tensor&);
template void adam_update_kernel<double>(Cpu, std::vector<AdamParameter>&, const AdamCoefficients&,
                                         const Tensor&);

}  // namespace lectern
