#include <cmath>
#include <vector>

#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/elementary_cpu.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void cross_entropy_kernel(Cpu, const Tensor& logits, const Tensor& targets,
                          const CrossEntropyOptions& options, CrossEntropySum& result) {
  const std::int64_t width = width_of(logits), rows = rows_of(logits);
  const double smoothing = options.label_smoothing;
  const std::int32_t ignore = options.ignore;
  const T* scores = logits.data<T>();
  const std::int32_t* target = targets.data<std::int32_t>();
  T* largest = result.largest.data<T>();
  T* normalizers = result.normalizer.data<T>();
  std::vector<double> losses(rows);  // added in order at the end
  for_each_row(rows, width, [=, &losses](std::int64_t row) {
    const T* s = scores + row * width;
    const T max = max_of(width, s);
    const T sum = sum_of<T>(width, [=](std::int64_t i) { return exponential(s[i] - max); });
    largest[row] = max;
    normalizers[row] = sum;
    if (target[row] == ignore) return;
    losses[row] = std::log(static_cast<double>(sum)) -
                  (1 - smoothing) * static_cast<double>(s[target[row]] - max);
    if (smoothing == 0) return;
    const T total = sum_of<T>(width, [=](std::int64_t i) { return s[i] - max; });
    losses[row] -= smoothing * static_cast<double>(total) / static_cast<double>(width);
  });
  double loss = 0;
  for (const double of_row : losses) loss += of_row;
  *result.loss.data<T>() = static_cast<T>(loss);
  *result.count.data<T>() = static_cast<T>(rows - std::count(target, target + rows, ignore));
}

template <class T>
void cross_entropy_backward_kernel(Cpu, const Tensor& logits, const CrossEntropySum& sum,
                                   const Tensor& targets, const CrossEntropyOptions& options,
                                   const Tensor& d_loss, Tensor& d_logits) {
  const std::int64_t width = width_of(logits);
  const T factor = d_loss.item<T>();
  const T off_target = static_cast<T>(options.label_smoothing / static_cast<double>(width));
  const T on_target = static_cast<T>(1 - options.label_smoothing);
  const std::int32_t ignore = options.ignore;
  const T* scores = logits.data<T>();
  const T* largest = sum.largest.data<T>();
  const T* normalizers = sum.normalizer.data<T>();
  const std::int32_t* target = targets.data<std::int32_t>();
  T* out = d_logits.data<T>();
  for_each_row(rows_of(logits), width, [=](std::int64_t row) {
    const T* s = scores + row * width;
    T* d_s = out + row * width;
    if (target[row] == ignore) {
      std::fill_n(d_s, width, T{0});
      return;
    }
    const T max = largest[row], scale = factor / normalizers[row], spread = factor * off_target;
    fill_range(0, width, d_s,
               [=](std::int64_t i) { return exponential(s[i] - max) * scale - spread; });
    d_s[target[row]] -= factor * on_target;
  });
}

template void cross_entropy_kernel<float>(Cpu, const Tensor&, const Tensor&,
                                          const CrossEntropyOptions&, CrossEntropySum&);
template void cross_entropy_kernel<double>(Cpu, const Tensor&, const Tensor&,
                                           const CrossEntropyOptions&, CrossEntropySum&);
template void cross_entropy_backward_kernel<float>(Cpu, const Tensor&, const CrossEntropySum&,
                                                   const Tensor&, const CrossEntropyOptions&,
                                                   const Tensor&, Tensor&);
template void cross_entropy_backward_kernel<double>(Cpu, const Tensor&, const CrossEntropySum&,
                                                    const Tensor&, const CrossEntropyOptions&,
                                                    const Tensor&, Tensor&);

}  // namespace lectern
