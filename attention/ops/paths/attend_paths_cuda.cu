#include "attention/ops/paths/attend_paths.h"
#include "tensor/cuda/loops.h"

namespace lectern {
namespace {

template <class T>
struct PathsOnGpu {
  const T *q, *keys, *values;
  const std::int32_t *tokens, *lengths;  // lengths may be null: all tokens count
  std::int64_t length, group, d_model, d_keys, d_head;
  T scale;
};

/// One warp for each row and head. The weights of the row's tokens lie in shared memory: a lane
/// calculates those of every 32nd token, then the mean of every 32nd column of the values.
template <class T>
__global__ void attend_along_paths(PathsOnGpu<T> in, T* output) {
  DYNAMIC_SHARED(T, weights);  // [length]
  const std::int64_t row = blockIdx.x, column = blockIdx.y * in.d_head, path = row / in.group;
  const std::int64_t heads_a_group = in.d_model / in.d_keys;
  const std::int64_t key_column = blockIdx.y / heads_a_group * in.d_head;
  const std::int32_t* tokens = in.tokens + path * in.length;
  const std::int64_t count = in.lengths ? in.lengths[path] : in.length;
  const T* q = in.q + row * in.d_model + column;

  T largest = -std::numeric_limits<T>::infinity();
  for (std::int64_t j = threadIdx.x; j < count; j += warp_size) {
    const T* key = in.keys + tokens[j] * in.d_keys + key_column;
    T score{0};
    for (std::int64_t c = 0; c < in.d_head; ++c) score += q[c] * key[c];
    weights[j] = score * in.scale;
    largest = max(largest, weights[j]);
  }
  largest = warp_join(largest, Larger{});

  T sum{0};
  for (std::int64_t j = threadIdx.x; j < count; j += warp_size) {
    weights[j] = exp(weights[j] - largest);
    sum += weights[j];
  }
  sum = warp_join(sum, Add{});
  __syncwarp();

  for (std::int64_t c = threadIdx.x; c < in.d_head; c += warp_size) {
    T total{0};
    for (std::int64_t j = 0; j < count; ++j)
      total += weights[j] * in.values[tokens[j] * in.d_keys + key_column + c];
    output[row * in.d_model + column + c] = count > 0 ? total / sum : T{0};
  }
}

template <class T>
void attend_paths_on_gpu(Cuda device, const AttendPathsInputs& in, Tensor& result) {
  const std::int64_t rows = in.q.dim(0), d_model = in.q.dim(2), d_head = d_model / in.heads;
  const std::int64_t length = in.paths.length();
  const Tensor& lengths = in.paths.lengths;
  const PathsOnGpu<T> paths{
      .q = in.q.device_data<T>(),
      .keys = in.keys.device_data<T>(),
      .values = in.values.device_data<T>(),
      .tokens = in.paths.tokens.device_data<std::int32_t>(),
      .lengths = lengths.defined() ? lengths.device_data<std::int32_t>() : nullptr,
      .length = length,
      .group = rows / in.paths.count(),
      .d_model = d_model,
      .d_keys = in.keys.dim(1),
      .d_head = d_head,
      .scale = static_cast<T>(1 / std::sqrt(static_cast<double>(d_head)))};
  launch_kernel<attend_along_paths<T>>(
      device,
      {.blocks = dim3(static_cast<unsigned>(rows), static_cast<unsigned>(in.heads)),
       .threads = dim3(warp_size),
       .shared_bytes = static_cast<std::size_t>(std::max<std::int64_t>(length, 1)) * sizeof(T)},
      paths, result.device_data<T>());
}

}  // namespace

void attend_paths_kernel(Cuda device, float, const AttendPathsInputs& inputs, Tensor& result) {
  attend_paths_on_gpu<float>(device, inputs, result);
}
void attend_paths_kernel(Cuda device, double, const AttendPathsInputs& inputs, Tensor& result) {
  attend_paths_on_gpu<double>(device, inputs, result);
}

}  // namespace lectern
