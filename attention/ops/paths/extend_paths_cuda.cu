#include "attention/ops/paths/extend_paths.h"
#include "tensor/cuda/loops.h"

namespace lectern {

void extend_paths_kernel(Cuda device, const ExtendPathsInputs& in, Paths& result) {
  const std::int64_t old_room = in.paths.length(), room = result.length();
  const auto* old_path = in.paths.tokens.device_data<std::int32_t>();
  const auto* old_length = in.paths.lengths.device_data<std::int32_t>();
  const auto* from = in.order.device_data<std::int32_t>();
  const auto* token = in.tokens.device_data<std::int32_t>();
  const std::int64_t n = in.tokens.dim(1);
  auto* new_path = result.tokens.device_data<std::int32_t>();
  auto* new_length = result.lengths.device_data<std::int32_t>();
  for_each_element(device, result.tokens.size(), [=] __device__(std::int64_t i) {
    const std::int64_t row = i / room, step = i % room, length = old_length[from[row]];
    new_path[i] = step < length       ? old_path[from[row] * old_room + step]
                  : step < length + n ? token[row * n + step - length]
                                      : 0;
    if (step == 0) new_length[row] = static_cast<std::int32_t>(length + n);
  });
}

}  // namespace lectern
