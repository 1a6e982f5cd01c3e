#include "tensor/cuda/loops.h"
#include "tensor/ops/packed_steps.h"

namespace lectern {
namespace {

/// Where a token of a sentence stands: in the batch, and among the rows of the steps, which hold
/// every sentence at its own place.
struct TokenPlaces {
  std::int64_t batch, length, width;
  bool reverse;
  const std::int32_t* lengths;

  TokenPlaces(const PackedSteps& steps, std::int64_t width_)
      : batch(steps.batch),
        length(steps.length),
        width(width_),
        reverse(steps.reverse),
        lengths(steps.lengths.defined() ? steps.lengths.device_data<std::int32_t>() : nullptr) {}

  __device__ std::int64_t length_of(std::int64_t sentence) const {
    return lengths == nullptr ? length : lengths[sentence];
  }
  /// Step and position tell each other in the same way.
  __device__ std::int64_t turned(std::int64_t step, std::int64_t sentence) const {
    return reverse ? length_of(sentence) - 1 - step : step;
  }
};

}  // namespace

template <class T>
void pack_steps_kernel(Cuda device, const Tensor& x, const PackedSteps& steps, Tensor& rows) {
  const TokenPlaces places(steps, x.dim(2));
  const T* from = x.device_data<T>();
  T* to = rows.device_data<T>();
  for_each_element(device, rows.size(), [=] __device__(std::int64_t i) {
    const std::int64_t row = i / places.width, column = i % places.width;
    const std::int64_t step = row / places.batch, sentence = row % places.batch;
    const bool real = step < places.length_of(sentence);
    const std::int64_t place = sentence * places.length + places.turned(step, sentence);
    to[i] = real ? from[place * places.width + column] : T{0};
  });
}

template <class T>
void unpack_steps_kernel(Cuda device, const Tensor& rows, const PackedSteps& steps, Tensor& x) {
  const TokenPlaces places(steps, x.dim(2));
  const T* from = rows.device_data<T>();
  T* to = x.device_data<T>();
  for_each_element(device, x.size(), [=] __device__(std::int64_t i) {
    const std::int64_t place = i / places.width, column = i % places.width;
    const std::int64_t sentence = place / places.length, position = place % places.length;
    const bool real = position < places.length_of(sentence);
    const std::int64_t row = places.turned(position, sentence) * places.batch + sentence;
    to[i] = real ? from[row * places.width + column] : T{0};
  });
}

template void pack_steps_kernel<float>(Cuda, const Tensor&, const PackedSteps&, Tensor&);
template void pack_steps_kernel<double>(Cuda, const Tensor&, const PackedSteps&, Tensor&);
template void unpack_steps_kernel<float>(Cuda, const Tensor&, const PackedSteps&, Tensor&);
template void unpack_steps_kernel<double>(Cuda, const Tensor&, const PackedSteps&, Tensor&);

}  // namespace lectern
