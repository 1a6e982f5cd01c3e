#include "tensor/cuda/rows.h"
#include "tensor/cuda/sums.h"
#include "tensor/ops/dropout_mask_cuda.h"
#include "tensor/ops/layer_norm.h"

namespace lectern {
namespace {

/// Where the rows of a layer norm go, and what they are scaled and moved by.
template <class T>
struct RowNorm {
  std::int64_t width;
  const T *w, *b;
  T epsilon;
  T *all_y, *means, *reciprocals;

  RowNorm(const Tensor& weight, const Tensor& bias, double epsilon_, NormalizedRows& result)
      : width(result.y.dim(-1)),
        w(weight.device_data<T>()),
        b(bias.device_data<T>()),
        epsilon(static_cast<T>(epsilon_)),
        all_y(result.y.device_data<T>()),
        means(result.mean.device_data<T>()),
        reciprocals(result.reciprocal_deviation.device_data<T>()) {}

  /// \param origin  the row's first number, from which all are measured
  /// \param sum     this thread's share of the sum of x − origin
  __device__ void normalize(std::int64_t row, const T* x, T origin, T sum,
                            T (*slots)[warp_size]) const {
    T* y = all_y + row * width;
    const T mean = join_row(sum, T{0}, slots[0], Add{}) / static_cast<T>(width);
    const auto distance = [=](std::int64_t i) { return (x[i] - origin) - mean; };
    const T squares =
        sum_of_row(width, slots[1], [=](std::int64_t i) { return distance(i) * distance(i); });
    const T r = T{1} / ::sqrt(squares / static_cast<T>(width) + epsilon);
    for_each_column(width, [&](std::int64_t i) { y[i] = distance(i) * r * w[i] + b[i]; });
    if (threadIdx.x == 0) {
      means[row] = mean;
      reciprocals[row] = r;
    }
  }
};

template <class T>
__global__ void layer_norm_rows(std::int64_t rows, std::int64_t width, const T* all_x,
                                RowNorm<T> norm) {
  SHARED(T, slots, [2][warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* x = all_x + row * width;
  const T origin = x[0];
  T sum{0};
  for_each_column(width, [&](std::int64_t i) { sum += x[i] - origin; });
  norm.normalize(row, x, origin, sum, slots);
}

/// Every thread reads again only the sums that it wrote itself.
template <class T>
__global__ void dropout_add_layer_norm_rows(std::int64_t rows, std::int64_t width, const T* all_x,
                                            const T* all_residuals, bool drops, MaskFactors<T> mask,
                                            T* all_sums, RowNorm<T> norm) {
  SHARED(T, slots, [2][warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const std::int64_t first = row * width;
  T* sums = all_sums + first;
  const auto sum_at = [&](std::int64_t i) {
    const T x = all_x[first + i];
    return all_residuals[first + i] + (drops ? masked(x, mask.one(first + i)) : x);
  };
  const T origin = sum_at(0);
  T sum{0};
  for_each_column(width, [&](std::int64_t i) {
    sums[i] = sum_at(i);
    sum += sums[i] - origin;
  });
  norm.normalize(row, sums, origin, sum, slots);
}

/// d_x alone; the sums over rows are taken by columns.
template <class T>
__global__ void layer_norm_backward_rows(std::int64_t rows, std::int64_t width, const T* all_x,
                                         const T* w, const T* means, const T* reciprocals,
                                         const T* all_dy, T* all_d_x) {
  SHARED(T, slots, [2][warp_size]);
  const std::int64_t row = row_of_thread();
  if (row >= rows) return;
  const T* x = all_x + row * width;
  const T* dy = all_dy + row * width;
  T* d_x = all_d_x + row * width;
  const T origin = x[0], mean = means[row], r = reciprocals[row];
  const auto normalize = [=](std::int64_t i) { return ((x[i] - origin) - mean) * r; };
  const T sum_g = sum_of_row(width, slots[0], [=](std::int64_t i) { return dy[i] * w[i]; });
  const T sum_gx =
      sum_of_row(width, slots[1], [=](std::int64_t i) { return dy[i] * w[i] * normalize(i); });
  const T mean_g = sum_g / static_cast<T>(width), mean_gx = sum_gx / static_cast<T>(width);
  for_each_column(width, [=](std::int64_t i) {
    d_x[i] = r * (dy[i] * w[i] - mean_g - normalize(i) * mean_gx);
  });
}

}  // namespace

template <class T>
void layer_norm_kernel(Cuda device, const Tensor& x, const Tensor& weight, const Tensor& bias,
                       double epsilon, NormalizedRows& result) {
  launch_rows<layer_norm_rows<T>>(device, x.shape().outer(-1), x.dim(-1), x.device_data<T>(),
                                  RowNorm<T>(weight, bias, epsilon, result));
}

template <class T>
void dropout_add_layer_norm_kernel(Cuda device, const Tensor& x, const Tensor& residual,
                                   const Tensor& weight, const Tensor& bias,
                                   const DropoutAddLayerNormOptions& options,
                                   NormalizedSum& result) {
  launch_rows<dropout_add_layer_norm_rows<T>>(
      device, x.shape().outer(-1), x.dim(-1), x.device_data<T>(), residual.device_data<T>(),
      options.probability > 0, MaskFactors<T>(options.probability, options.key),
      result.sum.device_data<T>(), RowNorm<T>(weight, bias, options.epsilon, result.normalized));
}

template <class T>
void layer_norm_backward_kernel(Cuda device, const Tensor& x, const Tensor& weight,
                                const Tensor& mean, const Tensor& reciprocal_deviation,
                                const Tensor& gradient, LayerNormGradients& result) {
  const std::int64_t rows = x.shape().outer(-1), width = x.dim(-1);
  const T* in = x.device_data<T>();
  const T* means = mean.device_data<T>();
  const T* r = reciprocal_deviation.device_data<T>();
  const T* dy = gradient.device_data<T>();
  T* d_weight = result.d_weight.device_data<T>();
  T* d_bias = result.d_bias.device_data<T>();
  launch_rows<layer_norm_backward_rows<T>>(device, rows, width, in, weight.device_data<T>(), means,
                                           r, dy, result.d_x.device_data<T>());
  sum_along<TwoSums<T>>(
      device, {1, rows, width},
      [=] __device__(std::int64_t row, std::int64_t i) {
        const T g = dy[row * width + i], origin = in[row * width];
        return TwoSums<T>{g * (((in[row * width + i] - origin) - means[row]) * r[row]), g};
      },
      [=] __device__(std::int64_t i, const TwoSums<T>& sums) {
        d_weight[i] = sums.first;
        d_bias[i] = sums.second;
      });
}

template void layer_norm_kernel<float>(Cuda, const Tensor&, const Tensor&, const Tensor&, double,
                                       NormalizedRows&);
template void layer_norm_kernel<double>(Cuda, const Tensor&, const Tensor&, const Tensor&, double,
                                        NormalizedRows&);
template void dropout_add_layer_norm_kernel<float>(Cuda, const Tensor&, const Tensor&,
                                                   const Tensor&, const Tensor&,
                                                   const DropoutAddLayerNormOptions&,
                                                   NormalizedSum&);
template void dropout_add_layer_norm_kernel<double>(Cuda, const Tensor&, const Tensor&,
                                                    const Tensor&, const Tensor&,
                                                    const DropoutAddLayerNormOptions&,
                                                    NormalizedSum&);
template void layer_norm_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, const Tensor&,
                                                const Tensor&, const Tensor&, LayerNormGradients&);
template void layer_norm_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, const Tensor&,
                                                 const Tensor&, const Tensor&, LayerNormGradients&);

}  // namespace lectern
