#include "tensor/cuda/chunks.h"
#include "tensor/ops/sgd.h"

namespace lectern {
namespace {

template <class T>
struct SgdItem {
  T* weight;
  const T* gradient;
  T* velocity;
  std::int64_t size;
  T decay;
};

template <class T>
__global__ void sgd_chunks(Chunks<SgdItem<T>> chunks, T momentum, const StepNumbers* step) {
  if (step->stopped != 0) return;
  const auto [item, begin, end] = chunk_of_block(chunks);
  const T rate = static_cast<T>(step->learning_rate), scale = static_cast<T>(step->gradient_scale);
  for (std::int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
    const T w = item.weight[i];
    const T u = momentum * item.velocity[i] + (scale * item.gradient[i] + item.decay * w);
    item.velocity[i] = u;
    item.weight[i] = w - rate * u;
  }
}

}  // namespace

template <class T>
void sgd_update_kernel(Cuda device, std::vector<SgdParameter>& parameters,
                       const SgdCoefficients& coefficients, const Tensor& numbers) {
  std::vector<SgdItem<T>> items;
  for (SgdParameter& p : parameters)
    items.push_back({.weight = p.weight.device_data<T>(),
                     .gradient = p.gradient.device_data<T>(),
                     .velocity = p.velocity.device_data<T>(),
                     .size = p.weight.size(),
                     .decay = static_cast<T>(p.decays ? coefficients.weight_decay : 0)});
  launch_chunks<sgd_chunks<T>>(device, items, static_cast<T>(coefficients.momentum),
                               step_numbers_at(numbers.device_data<double>()));
}

template void sgd_update_kernel<float>(Cuda, std::vector<SgdParameter>&, const SgdCoefficients&,
                                       const Tensor&);
template void sgd_update_kernel<double>(Cuda, std::vector<SgdParameter>&, const SgdCoefficients&,
                                        const Tensor&);

}  // namespace lectern
