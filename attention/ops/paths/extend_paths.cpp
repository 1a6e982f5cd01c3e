#include "attention/ops/paths/extend_paths.h"

#include "tensor/launch.h"

namespace lectern {

Paths extend_paths(const Paths& paths, const Tensor& order, const Tensor& tokens,
                   std::int64_t room) {
  const std::int64_t rows = order.dim(0), n = tokens.dim(-1);
  EXPECT_SHAPE(order, rows);
  EXPECT_SHAPE(tokens, rows, n);
  const auto integers = [&](const Shape& shape) {
    return Tensor(shape, DType::i32, order.device());
  };
  Paths result{integers({rows, room}), integers({rows})};
  if (!paths.tokens.defined()) {  // all rows continue one empty path
    const auto nothing = [&](const Shape& shape) {
      return zeros(shape, DType::i32, order.device());
    };
    return extend_paths({nothing({1, 0}), nothing({1})}, nothing({rows}), tokens, room);
  }
  const std::int64_t old_rows = paths.count();
  EXPECT_SHAPE(paths.lengths, old_rows);
  launch_any(result.tokens, [&](auto device, auto) {
    extend_paths_kernel(device, {paths, order, tokens}, result);
  });
  return result;
}

}  // namespace lectern
