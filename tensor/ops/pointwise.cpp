#include "tensor/ops/pointwise.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/pointwise_kernels.h"

namespace lectern {

const char* name_of(const Formula& formula) {
  return std::visit([](const auto& f) { return f.name; }, formula);
}

Keeps kept_by(const Formula& formula) {
  return std::visit([](const auto& f) { return f.keeps; }, formula);
}

Tensor pointwise(const Formula& formula, const Tensor& x, Where where) {
  Tensor y = empty_like(x);
  launch(
      x, [&](auto device, auto zero) { kernels::pointwise<decltype(zero)>(device, formula, x, y); },
      where);
  return y;
}

Tensor pointwise_backward(const Formula& formula, const Tensor& kept, const Tensor& dy,
                          Where where) {
  expect_same_shape(name_of(formula), kept, dy, where);
  Tensor dx = empty_like(dy);
  launch(
      dy,
      [&](auto device, auto zero) {
        kernels::pointwise_backward<decltype(zero)>(device, formula, kept, dy, dx);
      },
      where);
  return dx;
}

}  // namespace lectern
