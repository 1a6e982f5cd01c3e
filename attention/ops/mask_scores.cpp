#include "attention/ops/mask_scores.h"

#include <limits>

#include "tensor/launch.h"

namespace lectern {

template <class T>
void fill_hidden_kernel(Cpu, const Tensor& x, const Mask& mask, double hidden, Tensor& y);
template <class T>
void fill_hidden_kernel(Cuda, const Tensor& x, const Mask& mask, double hidden, Tensor& y);

namespace {

/// x where visible, `hidden` elsewhere.
Tensor fill_hidden(const Tensor& x, const Mask& mask, double hidden) {
  check(x.rank() == 4, [&] {
    return text("a mask applies to scores [batch, head, query, key], got ", x.shape());
  });
  check(!mask.key_lengths.defined() || mask.key_lengths.device() == x.device(), [&] {
    return text("key_lengths lie on ", mask.key_lengths.device(), ", the scores on ", x.device());
  });
  check_mask(mask, x.dim(0), x.dim(1), x.dim(3));
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto number) {
    fill_hidden_kernel<decltype(number)>(device, x, mask, hidden, y);
  });
  return y;
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

}  // namespace lectern
