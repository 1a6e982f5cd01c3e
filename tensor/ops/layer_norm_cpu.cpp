#include <cmath>

#include "tensor/launch.h"
#include "tensor/ops/dropout_mask_cpu.h"
#include "tensor/ops/layer_norm.h"

namespace lectern {
namespace {

/// Where the rows of a layer norm go, and what they are scaled and moved by.
template <class T>
struct RowNorm {
  std::int64_t width;
  const T *weight, *bias;
  T epsilon;
  T *all_y, *means, *reciprocals;

  RowNorm(const Tensor& weight_, const Tensor& bias_, double epsilon_, NormalizedRows& result)
      : width(width_of(result.y)),
        weight(weight_.data<T>()),
        bias(bias_.data<T>()),
        epsilon(static_cast<T>(epsilon_)),
        all_y(result.y.data<T>()),
        means(result.mean.data<T>()),
        reciprocals(result.reciprocal_deviation.data<T>()) {}

  void operator()(std::int64_t row, const T* __restrict x) const {
    T* __restrict y = all_y + row * width;
    const T* __restrict w = weight;
    const T* __restrict b = bias;
    const T mean = sum_of<T>(width, [=](std::int64_t i) { return x[i]; }) / static_cast<T>(width);
    const T squares =
        sum_of<T>(width, [=](std::int64_t i) { return (x[i] - mean) * (x[i] - mean); });
    const T r = T{1} / std::sqrt(squares / static_cast<T>(width) + epsilon);
    for (std::int64_t i = 0; i < width; ++i) y[i] = (x[i] - mean) * r * w[i] + b[i];
    means[row] = mean;
    reciprocals[row] = r;
  }
};

/// Writes the gradient of one row of x, and adds the row's share of d_weight and d_bias.
template <class T>
void backward_of_row(std::int64_t width, T mean, T r, const T* __restrict x,
                     const T* __restrict weight, const T* __restrict dy, T* __restrict d_x,
                     T* __restrict d_weight, T* __restrict d_bias) {
  const T sum_g = sum_of<T>(width, [=](std::int64_t i) { return dy[i] * weight[i]; });
  const T sum_gx =
      sum_of<T>(width, [=](std::int64_t i) { return dy[i] * weight[i] * ((x[i] - mean) * r); });
  const T mean_g = sum_g / static_cast<T>(width), mean_gx = sum_gx / static_cast<T>(width);
  for (std::int64_t i = 0; i < width; ++i) {
    const T normalized = (x[i] - mean) * r;
    d_x[i] = r * (dy[i] * weight[i] - mean_g - normalized * mean_gx);
    d_weight[i] += dy[i] * normalized;
    d_bias[i] += dy[i];
  }
}

}  // namespace

template <class T>
void layer_norm_kernel(Cpu, const Tensor& x, const Tensor& weight, const Tensor& bias,
                       double epsilon, NormalizedRows& result) {
  const RowNorm<T> normalize(weight, bias, epsilon, result);
  const T* in = x.data<T>();
  for_each_row(rows_of(x), normalize.width,
               [=](std::int64_t row) { normalize(row, in + row * normalize.width); });
}

template <class T>
void dropout_add_layer_norm_kernel(Cpu, const Tensor& x, const Tensor& residual,
                                   const Tensor& weight, const Tensor& bias,
                                   const DropoutAddLayerNormOptions& options,
                                   NormalizedSum& result) {
  const RowNorm<T> normalize(weight, bias, options.epsilon, result.normalized);
  const T* in = x.data<T>();
  const T* start = residual.data<T>();
  T* sum = result.sum.data<T>();
  for_each_row(rows_of(x), normalize.width, [=, &options](std::int64_t row) {
    const std::int64_t begin = row * normalize.width, end = begin + normalize.width;
    if (options.probability == 0)
      fill_range(begin, end, sum, [=](std::int64_t i) { return start[i] + in[i]; });
    else
      fill_masked(begin, end, options.probability, options.key, sum,
                  [=](std::int64_t i, T factor) { return start[i] + masked(in[i], factor); });
    normalize(row, sum + begin);
  });
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
  sum_rows(blocks, width, d_weights, result.d_weight.data<T>());
  sum_rows(blocks, width, d_biases, result.d_bias.data<T>());
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
