#include "autograd/ops/permute.h"

#include "tensor/ops/permute.h"

namespace lectern {

Variable permute(const Variable& x, const std::vector<int>& axes, Where where) {
  return record(
      "permute", permute(x.value(), axes, where), {x},
      [axes](const Tensor& dy) -> Gradients { return {permute(dy, inverse_axes(axes))}; }, where);
}

Variable transpose(const Variable& x, Where where) {
  return record(
      "transpose", transpose(x.value(), where), {x},
      [](const Tensor& dy) -> Gradients { return {transpose(dy)}; }, where);
}

Variable split_heads(const Variable& x, std::int64_t heads, Where where) {
  return record(
      "split_heads", split_heads(x.value(), heads, where), {x},
      [](const Tensor& dy) -> Gradients { return {merge_heads(dy)}; }, where);
}

Variable merge_heads(const Variable& x, Where where) {
  const std::int64_t heads = x.dim(1);
  return record(
      "merge_heads", merge_heads(x.value(), where), {x},
      [heads](const Tensor& dy) -> Gradients { return {split_heads(dy, heads)}; }, where);
}

Variable reshape(const Variable& x, std::initializer_list<std::int64_t> extents, Where where) {
  return reshape(x, x.value().reshape(extents, where).shape(), where);
}

Variable reshape(const Variable& x, const Shape& shape, Where where) {
  return record(
      "reshape", x.value().reshape(shape, where), {x},
      [before = x.shape()](const Tensor& dy) -> Gradients { return {dy.reshape(before)}; }, where);
}

}  // namespace lectern
