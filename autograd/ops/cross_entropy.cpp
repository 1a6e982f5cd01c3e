#include "autograd/ops/cross_entropy.h"

#include "tensor/ops/arithmetic.h"

namespace lectern {

Variable cross_entropy(const Variable& logits, const Tensor& targets,
                       const CrossEntropyOptions& options) {
  const CrossEntropySum sum = cross_entropy(logits.value(), targets, options);
  check(sum.count > 0, [&] {
    return text("cross_entropy: all ", targets.size(), " targets are padding (id ", options.ignore,
                ")");
  });
  const double share = 1.0 / static_cast<double>(sum.count);
  return record("cross_entropy", scale(sum.loss, share), {logits},
                [logits = logits.value(), log_normalizer = sum.log_normalizer, targets, options,
                 share](const Tensor& d_mean) mutable -> Gradients {
                  return {cross_entropy_backward(std::move(logits), log_normalizer, targets,
                                                 options, scale(d_mean, share))};
                });
}

}  // namespace lectern
