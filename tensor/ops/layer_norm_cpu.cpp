#include <cmath>

#include "tensor/ops/dropout_mask_cpu.h"
#include "tensor/ops/layer_norm.h"
#include "tensor/tensor.h"

namespace lectern {
namespace {

/// Normalises every row; `row_of(row)` says where it lies.
template <class T, class RowOf>
void normalize_rows(const Tensor& weight, const Tensor& bias, double epsilon,
                    NormalizedRows& result, const RowOf& row_of) {
  const std::int64_t width = width_of(result.y);
  const T* w = weight.data<T>();
  const T* b = bias.data<T>();
  T* all_y = result.y.data<T>();
  T* means = result.mean.data<T>();
  T* reciprocals = result.reciprocal_deviation.data<T>();
  for_each_row(rows_of(result.y), width, [=](std::int64_t row) {
    const T* in = row_of(row);
    T* y = all_y + row * width;
    const T origin = width > 0 ? in[0] : T{0};
    const T sum = sum_of<T>(width, [=](std::int64_t i) { return in[i] - origin; });
    const T mean = sum / static_cast<T>(width);
    const auto distance = [=](std::int64_t i) { return (in[i] - origin) - mean; };
    const T squares = sum_of<T>(width, [=](std::int64_t i) { return distance(i) * distance(i); });
    const T r = T{1} / std::sqrt(squares / static_cast<T>(width) + static_cast<T>(epsilon));
    for (std::int64_t i = 0; i < width; ++i) y[i] = distance(i) * r * w[i] + b[i];
    means[row] = mean;
    reciprocals[row] = r;
  });
}

/// Writes the gradient of one row of x, and adds the row's share of d_weight and d_bias.
template <class T>
void backward_of_row(std::int64_t width, T mean, T r, const T* __restrict x,
                     const T* __restrict weight, const T* __restrict dy, T* __restrict d_x,
                     T* __restrict d_weight, T* __restrict d_bias) {
  const T origin = width > 0 ? x[0] : T{0};
  const auto normalize = [=](std::int64_t i) { return ((x[i] - origin) - mean) * r; };
  const T sum_g = sum_of<T>(width, [=](std::int64_t i) { return dy[i] * weight[i]; });
  const T sum_gx =
      sum_of<T>(width, [=](std::int64_t i) { return dy[i] * weight[i] * normalize(i); });
  const T mean_g = sum_g / static_cast<T>(width), mean_gx = sum_gx / static_cast<T>(width);
  for (std::int64_t i = 0; i < width; ++i) {
    const T normalized = normalize(i);
    d_x[i] = r * (dy[i] * weight[i] - mean_g - normalized * mean_gx);
    d_weight[i] += dy[i] * normalized;
    d_bias[i] += dy[i];
  }
}

}  // namespace

template <class T>
void layer_norm_kernel(Cpu, const Tensor& x, const Tensor& weight, const Tensor& bias,
                       double epsilon, NormalizedRows& result) {
  const T* in = x.data<T>();
  normalize_rows<T>(weight, bias, epsilon, result,
                    [in, width = width_of(x)](std::int64_t row) { return in + row * width; });
}

template <class T>
void dropout_add_layer_norm_kernel(Cpu, const Tensor& x, const Tensor& residual,
                                   const Tensor& weight, const Tensor& bias,
                                   const DropoutAddLayerNormOptions& options,
                                   NormalizedSum& result) {
  const std::int64_t width = width_of(x);
  const T* in = x.data<T>();
  const T* start = residual.data<T>();
  T* sum = result.sum.data<T>();
  const auto add_row = [=](std::int64_t row) {
    const std::int64_t begin = row * width, end = begin + width;
    if (options.probability == 0)
      fill_range(begin, end, sum, [=](std::int64_t i) { return start[i] + in[i]; });
    else
      fill_masked(begin, end, options.probability, options.key, sum,
                  [=](std::int64_t i, T factor) { return start[i] + masked(in[i], factor); });
    return sum + begin;
  };
  normalize_rows<T>(weight, bias, options.epsilon, result.normalized, add_row);
}

template <class T>
void layer_norm_backward_kernel(Cpu, const Tensor& x, const Tensor& weight, const Tensor& mean,
                                const Tensor& reciprocal_deviation, const Tensor& gradient,
                                LayerNormGradients& result) {
  const std::int64_t width = width_of(x), rows = rows_of(x), height = rows_per_block(width);
  const std::int64_t blocks = (rows + height - 1) / height;
  Tensor partial = zeros({2, blocks, width}, x.dtype(), cpu);  // of d_weight and d_bias
  const T* in = x.data<T>();
  const T* w = weight.data<T>();
  const T* means = mean.data<T>();
  const T* r = reciprocal_deviation.data<T>();
  const T* dy = gradient.data<T>();
  T* d_x = result.d_x.data<T>();
  T* d_weights = partial.data<T>();
  T* d_biases = d_weights + blocks * width;
  parallel_for(rows, height, [=](std::int64_t begin, std::int64_t end) {
    const std::int64_t share = begin / height * width;
    for (std::int64_t row = begin; row < end; ++row)
      backward_of_row(width, means[row], r[row], in + row * width, w, dy + row * width,
                      d_x + row * width, d_weights + share, d_biases + share);
  });
  sum_rows(blocks, width, d_weights, width, result.d_weight.data<T>());
  sum_rows(blocks, width, d_biases, width, result.d_bias.data<T>());
}

template void layer_norm_kernel<float>(Cpu, const Tensor&, const Tensor&, const Tensor&, double,
                                       NormalizedRows&);
template void layer_norm_kernel<double>(Cpu, const Tensor&, const Tensor&, const Tensor&, double,
                                        NormalizedRows&);
template void dropout_add_layer_norm_kernel<float>(Cpu, const Tensor&, const Tensor&, const Tensor&,
                                                   const Tensor&, const DropoutAddLayerNormOptions&,
                                                   NormalizedSum&);
template void dropout_add_layer_norm_kernel<double>(Cpu, const Tensor&, const Tensor&,
                                                    const Tensor&, const Tensor&,
                                                    const DropoutAddLayerNormOptions&,
                                                    NormalizedSum&);
template void layer_norm_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, const Tensor&,
                                                const Tensor&, const Tensor&, LayerNormGradients&);
template void layer_norm_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, const Tensor&,
                                                 const Tensor&, const Tensor&, LayerNormGradients&);

}  // namespace lectern
