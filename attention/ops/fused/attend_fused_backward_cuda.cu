#include "attention/ops/fused/attend_tiled_backward_cuda.h"

namespace lectern {
namespace {

template <class T>
void attend_backward_on_gpu(Cuda device, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients) {
  if (inputs.q.size() == 0 || inputs.k.size() == 0) return;
  const AttendArguments<T> in = arguments_of<T>(inputs);
  Tensor weighted_loss = empty_like(result.log_sum_exp);
  const auto out = backward_arguments_of<T>(result, d_output, weighted_loss, gradients);
  with_programs<T>(inputs.options, in.query, in.key,
                   [&](const auto& masks) { attend_backward_with_tiles(device, in, out, masks); });
}

}  // namespace

void attend_backward_kernel(Cuda device, float, const AttendInputs& inputs,
                            const AttendResult& result, const Tensor& d_output,
                            AttendGradients& gradients) {
  attend_backward_on_gpu<float>(device, inputs, result, d_output, gradients);
}
void attend_backward_kernel(Cuda device, double, const AttendInputs& inputs,
                            const AttendResult& result, const Tensor& d_output,
                            AttendGradients& gradients) {
  attend_backward_on_gpu<double>(device, inputs, result, d_output, gradients);
}

}  // namespace lectern
