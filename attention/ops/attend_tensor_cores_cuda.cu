#include "attention/ops/attend_in_f32.h"
#include "attention/ops/attend_tensor_cores_backward_cuda.h"
#include "attention/ops/attend_tensor_cores_forward_cuda.h"
#include "tensor/cuda/device_layer.h"

namespace lectern {
namespace {

/// True where tensor cores multiply bf16 and rows of a head can be copied 16 bytes at a time.
bool tensor_cores_take(Cuda device, const AttendInputs& inputs) {
  static const bool multiply_bf16 = cuda::device_info(device).compute_capability >= 80;
  return multiply_bf16 && inputs.d_head() % 8 == 0 && inputs.d_head() <= 128;
}

}  // namespace

void attend_kernel(Cuda device, bfloat16, const AttendInputs& inputs, AttendResult& result) {
  if (inputs.q.size() == 0) return;
  if (!tensor_cores_take(device, inputs)) return attend_in_f32(device, inputs, result);
  const auto in = arguments_of<bfloat16>(inputs);
  with_programs<bfloat16>(inputs.options, in.query, in.key, [&](const auto& masks) {
    attend_with_tensor_cores(device, in, masks, result);
  });
}

void attend_backward_kernel(Cuda device, bfloat16, const AttendInputs& inputs,
                            const AttendResult& result, const Tensor& d_output,
                            AttendGradients& gradients) {
  if (inputs.q.size() == 0 || inputs.k.size() == 0) return;
  if (!tensor_cores_take(device, inputs))
    return attend_backward_in_f32(device, inputs, result, d_output, gradients);
  const auto in = arguments_of<bfloat16>(inputs);
  Tensor weighted_loss = empty_like(result.log_sum_exp);
  const auto out = backward_arguments_of<bfloat16>(result, d_output, weighted_loss, gradients);
  with_programs<bfloat16>(inputs.options, in.query, in.key, [&](const auto& masks) {
    attend_backward_with_tensor_cores(device, in, out, masks);
  });
}

}  // namespace lectern
