#include "tensor/ops/apply.h"

#include "tensor/launch.h"

namespace lectern {

Tensor apply_to_each(const Tensor& x, const std::function<double(double)>& function, Where where) {
  const Tensor in = x.to(cpu);
  Tensor result = empty_like(in);
  launch(
      in,
      [&](auto, auto zero) {
        using T = decltype(zero);
        for (std::int64_t i = 0; i < in.size(); ++i)
          result.data<T>()[i] = static_cast<T>(function(static_cast<double>(in.data<T>()[i])));
      },
      where);
  return result.to(x.device());
}

}  // namespace lectern
