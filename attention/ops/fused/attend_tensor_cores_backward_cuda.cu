#include "attention/ops/fused/attend_in_f32.h"
#include "attention/ops/fused/attend_tensor_cores_backward_cuda.h"

namespace lectern {

void attend_backward_kernel(Cuda device, bfloat16, const AttendInputs& inputs,
                            const AttendResult& result, const Tensor& d_output,
                            AttendGradients& gradients) {
  if (inputs.q.size() == 0 || inputs.k.size() == 0) return;
  if (!tensor_cores_take(device, inputs))
    return attend_backward_in_f32(device, inputs, result, d_output, gradients);
  const auto in = arguments_of<bfloat16>(inputs);
  Tensor weighted_loss = empty_like(result.log_sum_exp);
  const auto out = backward_arguments_of<bfloat16>(result, d_output, weighted_loss, gradients);
  with_masks(inputs.options.mask, in.query, in.key,
             [&](const auto& masks) { attend_backward_with_tensor_cores(device, in, out, masks); });
}

}  // namespace lectern
