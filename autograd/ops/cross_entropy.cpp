#include "autograd/ops/cross_entropy.h"

#include "tensor/ops/arithmetic.h"

namespace lectern {

Variable cross_entropy(const Variable& logits, const Tensor& targets,
                       const CrossEntropyOptions& options, Where where) {
  const CrossEntropySum sum = cross_entropy(logits.value(), targets, options, where);
  expect_real_targets(sum.count, targets, options, where);
  return record(
      "cross_entropy", divide(sum.loss, sum.count), {logits},
      [logits = logits.value(), sum, targets, options](const Tensor& d_mean) mutable -> Gradients {
        return {cross_entropy_backward(std::move(logits), sum, targets, options,
                                       divide(d_mean, sum.count))};
      },
      where);
}

}  // namespace lectern
