#include "tensor/cuda/loops.h"
#include "tensor/ops/adam_factors.h"

namespace lectern {

template <class T>
void adam_update_kernel(Cuda device, Tensor& weight, const Tensor& gradient, Tensor& first_moment,
                        Tensor& second_moment, const AdamCoefficients& coefficients) {
  const AdamFactors<T> f(coefficients);
  T* all_w = weight.device_data<T>();
  const T* gradients = gradient.device_data<T>();
  T* all_m = first_moment.device_data<T>();
  T* all_v = second_moment.device_data<T>();
  for_each_element(device, weight.size(), [=] __device__(std::int64_t i) {
    const T w = all_w[i], g = f.gradient_scale * gradients[i] + f.l2 * w;
    const T m = f.beta1 * all_m[i] + (T{1} - f.beta1) * g;
    const T v = f.beta2 * all_v[i] + (T{1} - f.beta2) * g * g;
    all_m[i] = m;
    all_v[i] = v;
    all_w[i] = f.shrink * w - f.step_size * m / (::sqrt(v) * f.correction + f.epsilon);
  });
}

template void adam_update_kernel<float>(Cuda, Tensor&, const Tensor&, Tensor&, Tensor&,
                                        const AdamCoefficients&);
template void adam_update_kernel<double>(Cuda, Tensor&, const Tensor&, Tensor&, Tensor&,
                                         const AdamCoefficients&);

}  // namespace lectern
