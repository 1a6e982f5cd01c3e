#include "tensor/ops/cross_entropy.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/ids.h"

namespace lectern {

template <class T>
void cross_entropy_kernel(Cpu, const Tensor& logits, const Tensor& targets,
                          const CrossEntropyOptions& options, CrossEntropySum& result);
template <class T>
void cross_entropy_kernel(Cuda, const Tensor& logits, const Tensor& targets,
                          const CrossEntropyOptions& options, CrossEntropySum& result);
template <class T>
void cross_entropy_backward_kernel(Cpu, const Tensor& logits, const CrossEntropySum& sum,
                                   const Tensor& targets, const CrossEntropyOptions& options,
                                   const Tensor& d_loss, Tensor& d_logits);
template <class T>
void cross_entropy_backward_kernel(Cuda, const Tensor& logits, const CrossEntropySum& sum,
                                   const Tensor& targets, const CrossEntropyOptions& options,
                                   const Tensor& d_loss, Tensor& d_logits);

CrossEntropySum cross_entropy(const Tensor& logits, const Tensor& targets,
                              const CrossEntropyOptions& options, Where where) {
  expect_rows("cross_entropy", logits, where);
  check(
      targets.shape() == logits.shape().leading(logits.rank() - 1),
      [&] {
        return text("cross_entropy needs one target for every row of the logits, got targets ",
                    targets.shape(), " for logits ", logits.shape());
      },
      where);
  check(
      options.label_smoothing >= 0 && options.label_smoothing <= 1,
      [&] { return text("label smoothing ", options.label_smoothing, " is not between 0 and 1"); },
      where);
  expect_ids("cross_entropy", targets, logits.dim(-1), options.ignore, where);
  const auto like_logits = [&](const Shape& shape) {
    return Tensor(shape, logits.dtype(), logits.device());
  };
  CrossEntropySum result{like_logits({}), like_logits({}), like_logits(targets.shape()),
                         like_logits(targets.shape())};
  launch(
      logits,
      [&](auto device, auto zero) {
        cross_entropy_kernel<decltype(zero)>(device, logits, targets, options, result);
      },
      where);
  return result;
}

void expect_real_targets(const Tensor& count, const Tensor& targets,
                         const CrossEntropyOptions& options, Where where) {
  if (!ids_are_looked_at(targets)) return;
  const bool some =
      count.dtype() == DType::f64 ? count.item<double>() > 0 : count.item<float>() > 0;
  check(
      some,
      [&] {
        return text("cross_entropy: all ", targets.size(), " targets are padding (id ",
                    options.ignore, ")");
      },
      where);
}

Tensor cross_entropy_backward(Tensor logits, const CrossEntropySum& sum, const Tensor& targets,
                              const CrossEntropyOptions& options, const Tensor& d_loss) {
  expect_alike("cross_entropy_backward", logits, d_loss);
  Tensor d_logits = logits.owns_storage_alone() ? logits : empty_like(logits);
  launch(logits, [&](auto device, auto zero) {
    cross_entropy_backward_kernel<decltype(zero)>(device, logits, sum, targets, options, d_loss,
                                                  d_logits);
  });
  return d_logits;
}

}  // namespace lectern
