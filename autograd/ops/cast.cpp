#include "autograd/ops/cast.h"

#include "tensor/ops/cast.h"

namespace lectern {

Variable cast(const Variable& x, DType dtype, Where where) {
  check(dtype != DType::i32, "cast to i32 has no derivative; cast the Tensor: cast(x.value(), …)",
        where);
  return record(
      "cast", cast(x.value(), dtype), {x},
      [before = x.value().dtype()](const Tensor& dy) -> Gradients { return {cast(dy, before)}; },
      where);
}

}  // namespace lectern
