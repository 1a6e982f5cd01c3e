#include "attention/ops/extend_cache.h"

#include "tensor/launch.h"
#include "tensor/ops/ids.h"

namespace lectern {

template <class T>
void extend_cache_kernel(Cpu, const Tensor& cache, const Tensor& order, const Tensor& token,
                         Tensor& result);
template <class T>
void extend_cache_kernel(Cuda, const Tensor& cache, const Tensor& order, const Tensor& token,
                         Tensor& result);

Tensor extend_cache(const Tensor& cache, const Tensor& order, const Tensor& token) {
  if (!cache.defined()) return token;
  const std::int64_t rows = token.dim(0), length = cache.dim(1), width = cache.dim(2);
  EXPECT_SHAPE(token, rows, 1, width);
  EXPECT_SHAPE(order, rows);
  const std::optional<BadId> bad = find_bad_id(order, cache.dim(0));
  check(!bad,
        [&] { return text("row ", bad->id, " is not one of the ", cache.dim(0), " cached rows"); });
  Tensor result({rows, length + 1, width}, cache.dtype(), cache.device());
  launch(cache, [&](auto device, auto zero) {
    extend_cache_kernel<decltype(zero)>(device, cache, order, token, result);
  });
  return result;
}

}  // namespace lectern
