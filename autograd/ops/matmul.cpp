#include "autograd/ops/matmul.h"

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/reduce.h"

namespace lectern {
namespace {

/// All leading axes as rows: `[..., n]` to `[row, n]`.
Tensor as_rows(const Tensor& x) { return x.reshape({x.shape().outer(-1), x.dim(-1)}); }

/// From y = a b follow da = dy bᵀ and db = aᵀ dy; where a factor is stored transposed, so is its
/// gradient: daᵀ = b dyᵀ and dbᵀ = dyᵀ a.
Tensor gradient_of_a(const Tensor& dy, const Tensor& b, MatmulTranspose which) {
  if (which.transpose_a)
    return matmul(b, dy, {.transpose_a = which.transpose_b, .transpose_b = true});
  return matmul(dy, b, {.transpose_b = !which.transpose_b});
}
Tensor gradient_of_b(const Tensor& dy, const Tensor& a, MatmulTranspose which) {
  if (which.transpose_b)
    return matmul(dy, a, {.transpose_a = true, .transpose_b = which.transpose_a});
  return matmul(a, dy, {.transpose_a = !which.transpose_a});
}

}  // namespace

Variable matmul(const Variable& a, const Variable& b, MatmulTranspose which, Where where) {
  Tensor y = matmul(a.value(), b.value(),
                    {.transpose_a = which.transpose_a, .transpose_b = which.transpose_b}, where);
  const bool needs_a = a.requires_gradient(), needs_b = b.requires_gradient();
  const bool one_weight = b.value().rank() == 2 && !which.transpose_a;
  return record(
      "matmul", std::move(y), {a, b},
      [a = a.value(), b = b.value(), needs_a, needs_b, one_weight,
       which](const Tensor& dy) -> Gradients {
        Tensor da, db;
        if (needs_a) da = sum_to(gradient_of_a(dy, b, which), a.shape());
        if (needs_b && one_weight)
          db = gradient_of_b(as_rows(dy), as_rows(a), which);
        else if (needs_b)
          db = sum_to(gradient_of_b(dy, a, which), b.shape());
        return {da, db};
      },
      where);
}

Variable dot(const Variable& a, const Variable& b, Where where) {
  return record(
      "dot", dot(a.value(), b.value(), where), {a, b},
      [a = a.value(), b = b.value()](const Tensor& dy) -> Gradients {
        return {multiply(b, dy), multiply(a, dy)};
      },
      where);
}

Variable outer(const Variable& a, const Variable& b, Where where) {
  return record(
      "outer", outer(a.value(), b.value(), where), {a, b},
      [a = a.value(), b = b.value()](const Tensor& dy) -> Gradients {
        return {matmul(dy, b.reshape({-1, 1})).reshape(a.shape()),
                matmul(a.reshape({1, -1}), dy).reshape(b.shape())};
      },
      where);
}

Variable linear(const Variable& x, const Variable& weight, const Variable& bias,
                MatmulTranspose which, Where where) {
  const int in = which.transpose_b ? 1 : 0;
  check(
      x.value().rank() >= 1 && weight.value().rank() == 2 && x.dim(-1) == weight.dim(in) &&
          !which.transpose_a,
      [&] {
        return text("linear: x is ", x.shape(), " and weight ", weight.shape(), ", expected ",
                    which.transpose_b ? "[..., in] and [out, in]" : "[..., in] and [in, out]");
      },
      where);
  Shape shape = x.shape().leading(x.value().rank() - 1);
  shape.append(weight.dim(1 - in));
  const MatmulOptions options{.transpose_b = which.transpose_b,
                              .bias = bias.defined() ? bias.value() : Tensor()};
  Tensor y =
      matmul(as_rows(x.value()), weight.value(), options, where).reshape(shape);  // [..., out]

  std::vector<Variable> inputs{x, weight};
  if (bias.defined()) inputs.push_back(bias);
  return record(
      "linear", std::move(y), inputs,
      [x = x.value(), weight = weight.value(), needs_x = x.requires_gradient(),
       needs_weight = weight.requires_gradient(), has_bias = bias.defined(),
       needs_bias = bias.requires_gradient(), which](const Tensor& dy) -> Gradients {
        Gradients gradients(has_bias ? 3 : 2);
        if (needs_x) gradients[0] = gradient_of_a(as_rows(dy), weight, which).reshape(x.shape());
        if (needs_weight) gradients[1] = gradient_of_b(as_rows(dy), as_rows(x), which);
        if (needs_bias) gradients[2] = sum_leading(dy);
        return gradients;
      },
      where);
}

}  // namespace lectern
