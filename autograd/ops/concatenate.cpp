#include "autograd/ops/concatenate.h"

#include "tensor/ops/concatenate.h"

namespace lectern {

Variable concatenate(const std::vector<Variable>& parts, int axis, Where where) {
  std::vector<Tensor> values;
  std::vector<std::int64_t> extents;
  for (const Variable& part : parts) {
    values.push_back(part.value());
    extents.push_back(part.dim(axis, where));
  }
  return record(
      "concatenate", concatenate(values, axis, where), parts,
      [axis, extents](const Tensor& dy) -> Gradients {
        Gradients gradients;
        std::int64_t begin = 0;
        for (const std::int64_t extent : extents) {
          gradients.push_back(slice(dy, axis, begin, begin + extent));
          begin += extent;
        }
        return gradients;
      },
      where);
}

Variable slice(const Variable& x, int axis, std::int64_t begin, std::int64_t end, Where where) {
  return record(
      "slice", slice(x.value(), axis, begin, end, where), {x},
      [axis, begin, extent = x.dim(axis)](const Tensor& dy) -> Gradients {
        return {surround_with_zeros(dy, axis, begin, extent)};
      },
      where);
}

Variable stack(const std::vector<Variable>& parts, int axis, Where where) {
  std::vector<Tensor> values;
  for (const Variable& part : parts) values.push_back(part.value());
  return record(
      "stack", stack(values, axis, where), parts,
      [axis, count = std::ssize(parts)](const Tensor& dy) -> Gradients {
        Gradients gradients;
        for (std::int64_t i = 0; i < count; ++i) gradients.push_back(select(dy, axis, i));
        return gradients;
      },
      where);
}

Variable select(const Variable& x, int axis, std::int64_t index, Where where) {
  return record(
      "select", select(x.value(), axis, index, where), {x},
      [axis = x.shape().resolve(axis), index, extent = x.dim(axis)](const Tensor& dy) -> Gradients {
        const std::int64_t begin = index < 0 ? index + extent : index;
        return {surround_with_zeros(dy.reshape(dy.shape().with(axis, 1)), axis, begin, extent)};
      },
      where);
}

}  // namespace lectern
