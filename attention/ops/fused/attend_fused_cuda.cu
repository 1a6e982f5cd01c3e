#include "attention/ops/fused/attend_tiled_forward_cuda.h"

namespace lectern {
namespace {

template <class T>
void attend_on_gpu(Cuda device, const AttendInputs& inputs, AttendResult& result) {
  if (inputs.q.size() == 0) return;
  const AttendArguments<T> in = arguments_of<T>(inputs);
  with_programs<T>(inputs.options, in.query, in.key,
                   [&](const auto& masks) { attend_with_tiles(device, in, masks, result); });
}

}  // namespace

void attend_kernel(Cuda device, float, const AttendInputs& inputs, AttendResult& result) {
  attend_on_gpu<float>(device, inputs, result);
}
void attend_kernel(Cuda device, double, const AttendInputs& inputs, AttendResult& result) {
  attend_on_gpu<double>(device, inputs, result);
}

}  // namespace lectern
