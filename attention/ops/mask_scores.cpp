#include "attention/ops/mask_scores.h"

#include <limits>

#include "attention/ops/mask_program.h"
#include "tensor/launch.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

/// x where visible, `hidden` elsewhere.
template <class T>
void fill_hidden(Cpu, const Tensor& x, const Mask& mask, T hidden, Tensor& y) {
  const std::int64_t head = x.dim(1), query = x.dim(2), key = x.dim(3);
  parallel_for(x.dim(0) * head, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t matrix = begin; matrix < end; ++matrix) {
      const PrefixMask program = compile_mask(mask, matrix / head, query, key);
      const T* from = x.data<T>() + matrix * query * key;
      T* to = y.data<T>() + matrix * query * key;
      for (std::int32_t i = 0; i < query; ++i)
        for (std::int32_t j = 0; j < key; ++j, ++from, ++to)
          *to = program.visible(i, j) ? *from : hidden;
    }
  });
}

Tensor fill_hidden(const Tensor& x, const Mask& mask, double hidden) {
  check(x.rank() == 4, [&] {
    return text("a mask applies to scores [batch, head, query, key], got ", x.shape());
  });
  check_mask(mask, x.dim(0), x.dim(3));
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto number) {
    fill_hidden(device, x, mask, static_cast<decltype(number)>(hidden), y);
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
