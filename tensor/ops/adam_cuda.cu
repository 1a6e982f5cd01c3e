#include "tensor/cuda/chunks.h"
#include "tensor/ops/adam_factors.h"

namespace lectern {
namespace {

template <class T>
struct AdamItem {
  T* weight;
  const T* gradient;
  T *first_moment, *second_moment;
  std::int64_t size;
  bool decays;
};

/// One thread of a block calculates the factors: that takes divisions of doubles, of which many a
/// GPU does few at a time.
template <class T>
__global__ void adam_chunks(Chunks<AdamItem<T>> chunks, AdamCoefficients coefficients,
                            const StepNumbers* step) {
  SHARED(AdamFactors<T>, factors, [1]);
  const auto [item, begin, chunk_end] = chunk_of_block(chunks);
  const std::int64_t end = step->stopped == 0 ? chunk_end : begin;
  if (threadIdx.x == 0) factors[0] = adam_factors<T>(coefficients, *step, item.decays);
  __syncthreads();
  const AdamFactors<T> f = factors[0];
  for (std::int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
    const T w = item.weight[i], g = f.gradient_scale * item.gradient[i] + f.l2 * w;
    const T m = f.beta1 * item.first_moment[i] + (T{1} - f.beta1) * g;
    const T v = f.beta2 * item.second_moment[i] + (T{1} - f.beta2) * g * g;
    item.first_moment[i] = m;
    item.second_moment[i] = v;
    item.weight[i] = f.shrink * w - f.step_size * m / (::sqrt(v) * f.correction + f.epsilon);
  }
}

}  // namespace

template <class T>
void adam_update_kernel(Cuda device, std::vector<AdamParameter>& parameters,
                        const AdamCoefficients& coefficients, const Tensor& numbers) {
  std::vector<AdamItem<T>> items;
  for (AdamParameter& p : parameters)
    items.push_back({.weight = p.weight.device_data<T>(),
                     .gradient = p.gradient.device_data<T>(),
                     .first_moment = p.first_moment.device_data<T>(),
                     .second_moment = p.second_moment.device_data<T>(),
                     .size = p.weight.size(),
                     .decays = p.decays});
  launch_chunks<adam_chunks<T>>(device, items, coefficients,
                                step_numbers_at(numbers.device_data<double>()));
}

template void adam_update_kernel<float>(Cuda, std::vector<AdamParameter>&, const AdamCoefficients&,
                                        const Tensor&);
template void adam_update_kernel<double>(Cuda, std::vector<AdamParameter>&, const AdamCoefficients&,
                                         const Tensor&);

}  // namespace lectern
