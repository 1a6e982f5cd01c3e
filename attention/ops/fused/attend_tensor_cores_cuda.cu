#include "attention/ops/fused/attend_in_f32.h"
#include "attention/ops/fused/attend_tensor_cores_forward_cuda.h"

namespace lectern {

void attend_kernel(Cuda device, bfloat16, const AttendInputs& inputs, AttendResult& result) {
  if (inputs.q.size() == 0) return;
  if (!tensor_cores_take(device, inputs)) return attend_in_f32(device, inputs, result);
  const auto in = arguments_of<bfloat16>(inputs);
  with_masks(inputs.options.mask, in.query, in.key,
             [&](const auto& masks) { attend_with_tensor_cores(device, in, masks, result); });
}

}  // namespace lectern
