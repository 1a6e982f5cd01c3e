#include "attention/ops/extend_cache.h"

namespace lectern {

Tensor extend_cache(const Tensor& cache, const Tensor& order, const Tensor& token) {
  if (!cache.defined()) return token;
  const std::int64_t rows = token.dim(0), length = cache.dim(1), width = cache.dim(2);
  EXPECT_SHAPE(token, rows, 1, width);
  EXPECT_SHAPE(order, rows);
  Tensor result({rows, length + 1, width}, cache.dtype(), cache.device());
  launch(cache, [&](auto device, auto zero) {
    using T = decltype(zero);
    extend_cache_kernel(device, cache.data<T>(), order.data<std::int32_t>(), token.data<T>(),
                        result.data<T>(), {rows, cache.dim(0), length, width});
  });
  return result;
}

}  // namespace lectern
