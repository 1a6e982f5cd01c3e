#include <cmath>

#include "tensor/launch.h"
#include "tensor/ops/adam.h"
#include "tensor/ops/rows_cpu.h"

namespace lectern {
namespace {

/// The coefficients in the precision of the weights, with the bias corrections multiplied in.
template <class T>
struct Factors {
  T beta1, beta2, epsilon, step_size, correction, l2, shrink, gradient_scale;

  explicit Factors(const AdamCoefficients& c)
      : beta1(static_cast<T>(c.beta1)),
        beta2(static_cast<T>(c.beta2)),
        epsilon(static_cast<T>(c.epsilon)),
        step_size(static_cast<T>(c.learning_rate / c.correction1)),
        correction(static_cast<T>(1 / std::sqrt(c.correction2))),
        l2(static_cast<T>(c.decoupled_weight_decay ? 0 : c.weight_decay)),
        shrink(static_cast<T>(c.decoupled_weight_decay ? 1 - c.learning_rate * c.weight_decay : 1)),
        gradient_scale(static_cast<T>(c.gradient_scale)) {}
};

template <class T>
void update_block(std::int64_t count, T* __restrict w, const T* __restrict gradient,
                  T* __restrict m, T* __restrict v, const Factors<T> f) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T g = f.gradient_scale * gradient[i] + f.l2 * w[i];
    m[i] = f.beta1 * m[i] + (T{1} - f.beta1) * g;
    v[i] = f.beta2 * v[i] + (T{1} - f.beta2) * g * g;
    w[i] = f.shrink * w[i] - f.step_size * m[i] / (std::sqrt(v[i]) * f.correction + f.epsilon);
  }
}

}  // namespace

template <class T>
void adam_update_kernel(Cpu, Tensor& weight, const Tensor& gradient, Tensor& first_moment,
                        Tensor& second_moment, const AdamCoefficients& coefficients) {
  const Factors<T> factors(coefficients);
  T* w = weight.data<T>();
  const T* g = gradient.data<T>();
  T* m = first_moment.data<T>();
  T* v = second_moment.data<T>();
  for_element_blocks(weight.size(), [=](std::int64_t begin, std::int64_t end) {
    update_block(end - begin, w + begin, g + begin, m + begin, v + begin, factors);
  });
}

template void adam_update_kernel<float>(Cpu, Tensor&, const Tensor&, Tensor&, Tensor&,
                                        const AdamCoefficients&);
template void adam_update_kernel<double>(Cpu, Tensor&, const Tensor&, Tensor&, Tensor&,
                                         const AdamCoefficients&);

}  // namespace lectern
