#include "autograd/ops/permute.h"

#include "tensor/ops/permute.h"

namespace lectern {

Variable permute(const Variable& x, const std::vector<int>& axes) {
  return record("permute", permute(x.value(), axes), {x}, [axes](const Tensor& dy) -> Gradients {
    return {permute(dy, inverse_axes(axes))};
  });
}

Variable transpose(const Variable& x) {
  return record("transpose", transpose(x.value()), {x},
                [](const Tensor& dy) -> Gradients { return {transpose(dy)}; });
}

Variable split_heads(const Variable& x, std::int64_t heads) {
  return record("split_heads", split_heads(x.value(), heads), {x},
                [](const Tensor& dy) -> Gradients { return {merge_heads(dy)}; });
}

Variable merge_heads(const Variable& x) {
  const std::int64_t heads = x.dim(1);
  return record("merge_heads", merge_heads(x.value()), {x},
                [heads](const Tensor& dy) -> Gradients { return {split_heads(dy, heads)}; });
}

Variable reshape(const Variable& x, std::initializer_list<std::int64_t> extents) {
  return reshape(x, x.value().reshape(extents).shape());
}

Variable reshape(const Variable& x, const Shape& shape) {
  return record(
      "reshape", x.value().reshape(shape), {x},
      [before = x.shape()](const Tensor& dy) -> Gradients { return {dy.reshape(before)}; });
}

}  // namespace lectern
