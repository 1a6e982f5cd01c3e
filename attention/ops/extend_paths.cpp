#include "attention/ops/extend_paths.h"

namespace lectern {

Tensor extend_paths(const Tensor& paths, const Tensor& order, std::int64_t first_token) {
  const std::int64_t rows = order.dim(0);
  EXPECT_SHAPE(order, rows);
  const Tensor before = paths.defined() ? paths : Tensor({rows, 0}, DType::i32, order.device());
  const std::int64_t old_rows = before.dim(0), length = before.dim(1);
  EXPECT_SHAPE(before, old_rows, length);
  Tensor result({rows, length + 1}, DType::i32, order.device());
  launch_any(result, [&](auto device, auto) {
    extend_paths_kernel(device, before, order, first_token, result);
  });
  return result;
}

}  // namespace lectern
