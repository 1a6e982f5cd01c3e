#include "autograd/ops/cast.h"

#include "tensor/ops/cast.h"

namespace lectern {

Variable cast(const Variable& x, DType dtype) {
  check(dtype != DType::i32, "cast to i32 has no derivative; cast the Tensor: cast(x.value(), …)");
  return record(
      "cast", cast(x.value(), dtype), {x},
      [before = x.value().dtype()](const Tensor& dy) -> Gradients { return {cast(dy, before)}; });
}

}  // namespace lectern
