#include "autograd/ops/softmax.h"

#include "tensor/ops/softmax.h"

namespace lectern {

Variable softmax(const Variable& scores, Where where) {
  const Tensor p = softmax(scores.value(), where);
  return record(
      "softmax", p, {scores},
      [p](const Tensor& dp) -> Gradients { return {softmax_backward(p, dp)}; }, where);
}

Variable log_softmax(const Variable& scores, Where where) {
  const Tensor log_p = log_softmax(scores.value(), where);
  return record(
      "log_softmax", log_p, {scores},
      [log_p](const Tensor& d_log_p) -> Gradients {
        return {log_softmax_backward(log_p, d_log_p)};
      },
      where);
}

}  // namespace lectern
