#include "autograd/ops/concatenate.h"

#include "tensor/ops/concatenate.h"

namespace lectern {

Variable concatenate(const std::vector<Variable>& parts, int axis) {
  std::vector<Tensor> values;
  std::vector<std::int64_t> extents;
  for (const Variable& part : parts) {
    values.push_back(part.value());
    extents.push_back(part.dim(axis));
  }
  return record("concatenate", concatenate(values, axis), parts,
                [axis, extents](const Tensor& dy) -> Gradients {
                  Gradients gradients;
                  std::int64_t begin = 0;
                  for (const std::int64_t extent : extents) {
                    gradients.push_back(slice(dy, axis, begin, begin + extent));
                    begin += extent;
                  }
                  return gradients;
                });
}

Variable slice(const Variable& x, int axis, std::int64_t begin, std::int64_t end) {
  return record("slice", slice(x.value(), axis, begin, end), {x},
                [axis, begin, extent = x.dim(axis)](const Tensor& dy) -> Gradients {
                  return {surround_with_zeros(dy, axis, begin, extent)};
                });
}

}  // namespace lectern
