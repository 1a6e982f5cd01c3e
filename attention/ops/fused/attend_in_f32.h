#pragma once

#include "attention/ops/fused/attend_fused_kernels.h"
#include "tensor/ops/cast.h"

namespace lectern {

// Attention of bf16 tensors where there are no tensor cores for it: on the CPU, on older GPUs, with
// a bias, and for heads of a width that tensor cores do not take.

template <class Device>
void attend_in_f32(Device device, const AttendInputs& inputs, AttendResult& result) {
  const Tensor q = cast(inputs.q, DType::f32), k = cast(inputs.k, DType::f32),
               v = cast(inputs.v, DType::f32);
  AttendResult wide{empty_like(q), result.log_sum_exp};
  attend_kernel(device, float{}, {q, k, v, inputs.options}, wide);
  result.output = cast(wide.output, DType::bf16);
}

template <class Device>
void attend_backward_in_f32(Device device, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients) {
  const Tensor q = cast(inputs.q, DType::f32), k = cast(inputs.k, DType::f32),
               v = cast(inputs.v, DType::f32);
  const Tensor of_every_head(gradients.dk.shape(), DType::f32, q.device());
  AttendGradients wide{empty_like(q), of_every_head, empty_like(of_every_head), gradients.d_widths};
  attend_backward_kernel(device, float{}, {q, k, v, inputs.options},
                         {cast(result.output, DType::f32), result.log_sum_exp},
                         cast(d_output, DType::f32), wide);
  gradients = {cast(wide.dq, DType::bf16), cast(wide.dk, DType::bf16), cast(wide.dv, DType::bf16),
               wide.d_widths};
}

}  // namespace lectern
