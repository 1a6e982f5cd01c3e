#pragma once

#include "attention/ops/fused/attend_fused_kernels.h"

namespace lectern {

/// Attention in f32 or f64, without a bias, as a first CUDA kernel would calculate it: one thread
/// for every query. The results are those of attend_kernel, which is tested against it. It is kept
/// for that, and as the page to read before attend_tiled_cuda.h.
void attend_naively(Cuda device, const AttendInputs& inputs, AttendResult& result);

}  // namespace lectern
