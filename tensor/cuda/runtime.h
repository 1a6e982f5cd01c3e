#pragma once

#include <cuda_runtime.h>

#include "tensor/cuda/kernel.h"

namespace lectern::cuda {

/// Throws an Error with the CUDA runtime's own words unless the call went well.
void check_cuda(cudaError_t result, const char* what,
                std::source_location where = std::source_location::current());

}  // namespace lectern::cuda
