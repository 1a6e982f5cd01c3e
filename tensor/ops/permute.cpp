#include "tensor/ops/permute.h"

#include <numeric>

#include "tensor/launch.h"

namespace lectern {

template <class T>
void permute_kernel(Cpu, const Tensor& x, const std::vector<int>& axes, Tensor& result);
template <class T>
void permute_kernel(Cuda, const Tensor& x, const std::vector<int>& axes, Tensor& result);

std::vector<int> inverse_axes(const std::vector<int>& axes) {
  std::vector<int> inverse(axes.size(), -1);
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const bool valid = axes[k] >= 0 && axes[k] < static_cast<int>(axes.size());
    check(valid && inverse[axes[k]] < 0, [&] {
      return text("permute needs every axis from 0 to ", axes.size() - 1, " once; entry ", k,
                  " is ", axes[k]);
    });
    inverse[axes[k]] = static_cast<int>(k);
  }
  return inverse;
}

Tensor permute(const Tensor& x, const std::vector<int>& axes, Where where) {
  check(
      static_cast<int>(axes.size()) == x.rank(),
      [&] { return text("permute got ", axes.size(), " axes for shape ", x.shape()); }, where);
  inverse_axes(axes);  // checks them
  Shape shape;
  for (const int axis : axes) shape.append(x.dim(axis));
  Tensor result(shape, x.dtype(), x.device());
  launch_any(
      x, [&](auto device, auto zero) { permute_kernel<decltype(zero)>(device, x, axes, result); });
  return result;
}

Tensor transpose(const Tensor& x, Where where) {
  check(
      x.rank() >= 2, [&] { return text("transpose needs two axes, got ", x.shape()); }, where);
  std::vector<int> axes(x.rank());
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return permute(x, axes, where);
}

Tensor split_heads(const Tensor& x, std::int64_t heads, Where where) {
  check(
      x.rank() == 3 && heads > 0 && x.dim(2) % heads == 0,
      [&] {
        return text("split_heads needs [batch, length, d_model] with d_model a multiple of ", heads,
                    " heads, got ", x.shape());
      },
      where);
  return permute(x.reshape({x.dim(0), x.dim(1), heads, x.dim(2) / heads}), {0, 2, 1, 3}, where);
}

Tensor merge_heads(const Tensor& x, Where where) {
  check(
      x.rank() == 4,
      [&] { return text("merge_heads needs [batch, head, length, d_head], got ", x.shape()); },
      where);
  return permute(x, {0, 2, 1, 3}, where).reshape({x.dim(0), x.dim(2), x.dim(1) * x.dim(3)});
}

}  // namespace lectern
