#include "tensor/ops/packed_steps.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {
namespace {

/// Calls `body(place in x, row)` for every token, both counted in rows, and `padding(place in x)` for
/// what stands behind a sentence's end.
template <class Body, class Padding>
void for_each_token(const PackedSteps& steps, std::int64_t width, const Body& body,
                    const Padding& padding) {
  const std::int32_t* lengths =
      steps.lengths.defined() ? steps.lengths.data<std::int32_t>() : nullptr;
  const std::int32_t* sentences =
      steps.sentences.defined() ? steps.sentences.data<std::int32_t>() : nullptr;
  for_each_row(steps.batch, steps.length * width, [&](std::int64_t place) {
    const std::int64_t sentence = sentences ? sentences[place] : place;
    const std::int64_t length = lengths ? lengths[sentence] : steps.length;
    const std::int64_t first = sentence * steps.length;
    for (std::int64_t step = 0; step < length; ++step)
      body(first + (steps.reverse ? length - 1 - step : step), steps.begin[step] + place);
    for (std::int64_t position = length; position < steps.length; ++position)
      padding(first + position);
  });
}

}  // namespace

template <class T>
void pack_steps_kernel(Cpu, const Tensor& x, const PackedSteps& steps, Tensor& rows) {
  const std::int64_t width = width_of(x);
  const T* from = x.data<T>();
  T* to = rows.data<T>();
  for_each_token(
      steps, width,
      [=](std::int64_t place, std::int64_t row) {
        std::copy_n(from + place * width, width, to + row * width);
      },
      [](std::int64_t) {});
}

template <class T>
void unpack_steps_kernel(Cpu, const Tensor& rows, const PackedSteps& steps, Tensor& x) {
  const std::int64_t width = width_of(x);
  const T* from = rows.data<T>();
  T* to = x.data<T>();
  for_each_token(
      steps, width,
      [=](std::int64_t place, std::int64_t row) {
        std::copy_n(from + row * width, width, to + place * width);
      },
      [=](std::int64_t place) { std::fill_n(to + place * width, width, T{0}); });
}

template void pack_steps_kernel<float>(Cpu, const Tensor&, const PackedSteps&, Tensor&);
template void pack_steps_kernel<double>(Cpu, const Tensor&, const PackedSteps&, Tensor&);
template void unpack_steps_kernel<float>(Cpu, const Tensor&, const PackedSteps&, Tensor&);
template void unpack_steps_kernel<double>(Cpu, const Tensor&, const PackedSteps&, Tensor&);

}  // namespace lectern
