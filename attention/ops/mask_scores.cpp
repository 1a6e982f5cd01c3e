#include "attention/ops/mask_scores.h"

#include <limits>

#include "tensor/launch.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/pointwise.h"

namespace lectern {

template <class T>
void fill_hidden_kernel(Cpu, const Tensor& x, const Mask& mask, double hidden, Tensor& y);
template <class T>
void fill_hidden_kernel(Cuda, const Tensor& x, const Mask& mask, double hidden, Tensor& y);

namespace {

/// Fills what Mask::pairs hides, pair by pair on the host.
Tensor fill_hidden_pairs(const Tensor& x, const Mask::PairRule& sees, double hidden) {
  Tensor y = cast(x, DType::f64).to(cpu).clone();
  const std::int64_t query = x.dim(2), key = x.dim(3);
  double* number = y.data<double>();
  for (std::int64_t matrix = 0; matrix < x.dim(0) * x.dim(1); ++matrix)
    for (std::int64_t i = 0; i < query; ++i)
      for (std::int64_t j = 0; j < key; ++j, ++number)
        if (!sees(i, j)) *number = hidden;
  return cast(y.to(x.device()), x.dtype());
}

/// `[batch, head, query, key]` for scores of fewer axes: one head, one sequence.
Shape with_all_axes(const Shape& shape) {
  switch (shape.rank()) {
    case 2: return {1, 1, shape[0], shape[1]};
    case 3: return {shape[0], 1, shape[1], shape[2]};
    case 4: return shape;
    default:
      fail(
          text("a mask applies to scores [query, key], [batch, query, key] or [batch, head, query, "
               "key], got ",
               shape));
  }
}

/// x where visible, `hidden` elsewhere.
Tensor fill_hidden(const Tensor& scores, const Mask& mask, double hidden) {
  const Tensor x = scores.reshape(with_all_axes(scores.shape()));
  check(!mask.key_lengths.defined() || mask.key_lengths.device() == x.device(), [&] {
    return text("key_lengths lie on ", mask.key_lengths.device(), ", the scores on ", x.device());
  });
  check_mask(mask, x.dim(0), x.dim(1), x.dim(3));
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto number) {
    fill_hidden_kernel<decltype(number)>(device, x, mask, hidden, y);
  });
  if (mask.pairs) y = fill_hidden_pairs(y, mask.pairs, hidden);
  return y.reshape(scores.shape());
}

}  // namespace

Tensor mask_scores(const Tensor& scores, const Mask& mask) {
  return fill_hidden(scores, mask, -std::numeric_limits<double>::infinity());
}

Tensor mask_scores_backward(const Tensor& gradient, const Mask& mask) {
  return fill_hidden(gradient, mask, 0);
}

Variable mask_scores(const Variable& scores, const Mask& mask) {
  return record("mask_scores", mask_scores(scores.value(), mask), {scores},
                [mask](const Tensor& d_masked) -> Gradients {
                  return {mask_scores_backward(d_masked, mask)};
                });
}

Tensor visible(const Mask& mask, std::int64_t query, std::int64_t key) {
  return fill_hidden(full({query, key}, 1), mask, 0);
}

}  // namespace lectern
