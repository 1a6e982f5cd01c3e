#include <algorithm>

#include "attention/ops/extend_paths.h"

namespace lectern {

void extend_paths_kernel(Cpu, const Tensor& paths, const Tensor& order, std::int64_t first_token,
                         Tensor& result) {
  const std::int64_t old_rows = paths.dim(0), length = paths.dim(1);
  const auto* old_path = paths.data<std::int32_t>();
  const auto* from = order.data<std::int32_t>();
  auto* out = result.data<std::int32_t>();
  for (std::int64_t r = 0; r < result.dim(0); ++r) {
    const std::int64_t row = length == 0 ? 0 : from[r];
    check(0 <= row && row < old_rows, [&] {
      return text("row ", row, " is not one of the ", old_rows, " rows of the step before");
    });
    out = std::copy_n(old_path + row * length, length, out);
    *out++ = static_cast<std::int32_t>(first_token + r);
  }
}

}  // namespace lectern
