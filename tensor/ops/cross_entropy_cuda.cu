#include "tensor/cuda/rows.h"
#include "tensor/cuda/sums.h"
#include "tensor/ops/cross_entropy.h"

namespace lectern {
namespace {

/// One pass over the logits of a row: its normaliser, and its loss (0 where the target is padding).
template <class T>
__global__ void cross_entropy_rows(std::int64_t rows, std::int64_t width, const T* scores,
                                   const std::int32_t* targets, CrossEntropyOptions options,
                                   T* all_largest, T* normalizers, double* losses) {
  SHARED(T, slots, [3][warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* s = scores + row * width;
  Exponentials<T> exponentials;
  T total = 0;
  for_each_column(width, [&](std::int64_t i) {
    exponentials.add(s[i]);
    total += s[i] - s[0];
  });
  exponentials = join_row(exponentials, slots);
  total = join_row(total, T{0}, slots[2], Add{});
  if (threadIdx.x != 0) return;
  const T max = exponentials.max;
  all_largest[row] = max;
  normalizers[row] = exponentials.sum;
  losses[row] = 0;
  if (targets[row] == options.ignore) return;
  const double smoothing = options.label_smoothing;
  losses[row] = ::log(static_cast<double>(exponentials.sum)) -
                (1 - smoothing) * static_cast<double>(s[targets[row]] - max);
  if (smoothing > 0)
    losses[row] -= smoothing * (static_cast<double>(total) / static_cast<double>(width) +
                                static_cast<double>(s[0] - max));
}

/// The last rows first: they are the ones that the forward pass left in the cache.
template <class T>
__global__ void cross_entropy_backward_rows(std::int64_t rows, std::int64_t width, const T* scores,
                                            const T* all_largest, const T* normalizers,
                                            const std::int32_t* targets,
                                            CrossEntropyOptions options, const T* d_loss,
                                            T* d_scores) {
  if (row_of_thread() >= rows) return;
  const std::int64_t row = rows - 1 - row_of_thread();
  const T* s = scores + row * width;
  T* d_s = d_scores + row * width;
  const T max = all_largest[row], factor = *d_loss, scale = factor / normalizers[row];
  const T off_target = static_cast<T>(options.label_smoothing / static_cast<double>(width));
  const T on_target = static_cast<T>(1 - options.label_smoothing);
  const std::int32_t target = targets[row];
  for_each_column(width, [=](std::int64_t i) {
    const T expected = i == target ? off_target + on_target : off_target;
    d_s[i] = target == options.ignore ? T{0} : ::exp(s[i] - max) * scale - factor * expected;
  });
}

}  // namespace

template <class T>
void cross_entropy_kernel(Cuda device, const Tensor& logits, const Tensor& targets,
                          const CrossEntropyOptions& options, CrossEntropySum& result) {
  const std::int64_t rows = logits.shape().outer(-1);
  Tensor losses({rows}, DType::f64, logits.device());
  const std::int32_t* target = targets.device_data<std::int32_t>();
  double* loss_of_row = losses.device_data<double>();
  T *loss = result.loss.device_data<T>(), *count = result.count.device_data<T>();
  launch_rows<cross_entropy_rows<T>>(device, rows, logits.dim(-1), logits.device_data<T>(), target,
                                     options, result.largest.device_data<T>(),
                                     result.normalizer.device_data<T>(), loss_of_row);
  sum_all(
      device, rows, [=] __device__(std::int64_t i) { return loss_of_row[i]; },
      [=] __device__(std::int64_t, double sum) { *loss = static_cast<T>(sum); });
  const std::int32_t ignore = options.ignore;
  sum_all(
      device, rows, [=] __device__(std::int64_t i) { return target[i] == ignore ? 0 : 1; },
      [=] __device__(std::int64_t, double real) { *count = static_cast<T>(real); });
}

template <class T>
void cross_entropy_backward_kernel(Cuda device, const Tensor& logits, const CrossEntropySum& sum,
                                   const Tensor& targets, const CrossEntropyOptions& options,
                                   const Tensor& d_loss, Tensor& d_logits) {
  launch_rows<cross_entropy_backward_rows<T>>(device, logits.shape().outer(-1), logits.dim(-1),
                                              logits.device_data<T>(), sum.largest.device_data<T>(),
                                              sum.normalizer.device_data<T>(),
                                              targets.device_data<std::int32_t>(), options,
                                              d_loss.device_data<T>(), d_logits.device_data<T>());
}

template void cross_entropy_kernel<float>(Cuda, const Tensor&, const Tensor&,
                                          const CrossEntropyOptions&, CrossEntropySum&);
template void cross_entropy_kernel<double>(Cuda, const Tensor&, const Tensor&,
                                           const CrossEntropyOptions&, CrossEntropySum&);
template void cross_entropy_backward_kernel<float>(Cuda, const Tensor&, const CrossEntropySum&,
                                                   const Tensor&, const CrossEntropyOptions&,
                                                   const Tensor&, Tensor&);
template void cross_entropy_backward_kernel<double>(Cuda, const Tensor&, const CrossEntropySum&,
                                                    const Tensor&, const CrossEntropyOptions&,
                                                    const Tensor&, Tensor&);

}  // namespace lectern
