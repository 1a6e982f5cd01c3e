#include "tensor/ops/top_k.h"

namespace lectern {

TopK top_k(const Tensor& x, std::int64_t k) {
  check(x.rank() == 2 && 1 <= k && k <= x.dim(1),
        [&] { return text("top_k of k = ", k, " needs [row, choice >= k], got ", x.shape()); });
  const std::int64_t rows = x.dim(0);
  TopK result{Tensor({rows, k}, x.dtype(), x.device()), Tensor({rows, k}, DType::i32, x.device())};
  launch(x, [&](auto device, auto zero) {
    using T = decltype(zero);
    top_k_kernel(device, x.data<T>(), {rows, x.dim(1), k}, result.values.data<T>(),
                 result.indices.data<std::int32_t>());
  });
  return result;
}

Tensor log_sum_exp(const Tensor& x) {
  check(x.rank() == 2, [&] { return text("log_sum_exp needs [row, choice], got ", x.shape()); });
  Tensor result({x.dim(0)}, x.dtype(), x.device());
  launch(x, [&](auto device, auto zero) {
    using T = decltype(zero);
    log_sum_exp_kernel(device, x.data<T>(), x.shape(), result.data<T>());
  });
  return result;
}

}  // namespace lectern
