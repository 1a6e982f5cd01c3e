#include "attention/ops/extend_paths.h"
#include "tensor/cuda/loops.h"

namespace lectern {

void extend_paths_kernel(Cuda device, const Tensor& paths, const Tensor& order,
                         std::int64_t first_token, Tensor& result) {
  const std::int64_t length = paths.dim(1), width = length + 1;
  const auto* old_path = paths.device_data<std::int32_t>();
  const auto* from = order.device_data<std::int32_t>();
  auto* new_path = result.device_data<std::int32_t>();
  for_each_element(device, result.size(), [=] __device__(std::int64_t i) {
    const std::int64_t row = i / width, step = i % width;
    new_path[i] = step < length ? old_path[from[row] * length + step]
                                : static_cast<std::int32_t>(first_token + row);
  });
}

}  // namespace lectern
