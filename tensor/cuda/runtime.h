#pragma once

#include <cuda_runtime.h>

#include "tensor/check.h"
#include "tensor/cuda/kernel.h"

namespace lectern::cuda {

/// Throws an Error with the CUDA runtime's own words unless the call went well.
void check_cuda(cudaError_t result, const char* what, Where where = Where::current());

}  // namespace lectern::cuda
