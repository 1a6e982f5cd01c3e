#include "tensor/launch.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/random_block.h"

namespace lectern {
namespace {

/// factor · x, and 0 for a factor of 0 even where x is infinite or NaN.
template <class T>
T masked(T x, T factor) {
  const T scaled = factor * x;
  return factor > T{0} ? scaled : T{0};
}

/// y[i] = formula(i, m) with m = 1/(1−p) for an element that is kept, and 0 for one that is
/// dropped. Draws words by the thousand, so that they stay in the first-level cache.
template <class T, class Formula>
void with_mask(std::int64_t count, double probability, RandomKey key, T* y,
               const Formula& formula) {
  constexpr std::int64_t batch = 1024;
  const std::uint32_t threshold = drop_threshold(probability);
  const T factor = static_cast<T>(1.0 / (1.0 - probability));
  for_element_blocks(count, [=](std::int64_t begin, std::int64_t end) {
    std::uint32_t words[batch];
    for (; begin < end; begin += batch) {
      const std::int64_t drawn = std::min(batch, end - begin);
      random_block(key, static_cast<std::uint64_t>(begin), drawn, words);
      fill_range(0, drawn, y + begin, [=, first = begin, word = &words[0]](std::int64_t i) {
        return formula(first + i, word[i] >= threshold ? factor : T{0});
      });
    }
  });
}

}  // namespace

template <class T>
void dropout_kernel(Cpu, const Tensor& x, double probability, RandomKey key, Tensor& y) {
  const T* in = x.data<T>();
  with_mask(x.size(), probability, key, y.data<T>(),
            [=](std::int64_t i, T factor) { return masked(in[i], factor); });
}

template <class T>
void dropout_add_kernel(Cpu, const Tensor& x, const Tensor& residual, double probability,
                        RandomKey key, Tensor& y) {
  const T* in = x.data<T>();
  const T* start = residual.data<T>();
  with_mask(x.size(), probability, key, y.data<T>(),
            [=](std::int64_t i, T factor) { return start[i] + masked(in[i], factor); });
}

template <class T>
void relu_dropout_kernel(Cpu, const Tensor& x, double probability, RandomKey key, Tensor& y) {
  const T* in = x.data<T>();
  with_mask(x.size(), probability, key, y.data<T>(),
            [=](std::int64_t i, T factor) { return masked(in[i] > T{0} ? in[i] : T{0}, factor); });
}

template <class T>
void relu_dropout_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, double probability,
                                  Tensor& d_x) {
  const T* out = y.data<T>();
  const T* dy = gradient.data<T>();
  const T factor = static_cast<T>(1.0 / (1.0 - probability));
  fill_each(y.size(), d_x.data<T>(),
            [=](std::int64_t i) { return masked(dy[i], out[i] > T{0} ? factor : T{0}); });
}

template void dropout_kernel<float>(Cpu, const Tensor&, double, RandomKey, Tensor&);
template void dropout_kernel<double>(Cpu, const Tensor&, double, RandomKey, Tensor&);
template void dropout_add_kernel<float>(Cpu, const Tensor&, const Tensor&, double, RandomKey,
                                        Tensor&);
template void dropout_add_kernel<double>(Cpu, const Tensor&, const Tensor&, double, RandomKey,
                                         Tensor&);
template void relu_dropout_kernel<float>(Cpu, const Tensor&, double, RandomKey, Tensor&);
template void relu_dropout_kernel<double>(Cpu, const Tensor&, double, RandomKey, Tensor&);
template void relu_dropout_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, double,
                                                  Tensor&);
template void relu_dropout_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, double,
                                                   Tensor&);

}  // namespace lectern
