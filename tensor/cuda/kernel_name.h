#pragma once

#include <string>

namespace lectern::cuda {

/// The kernel in what the compiler calls an instance of `launch_kernel<kernel, …>`:
/// `softmax_rows<float>`.
std::string kernel_name(const std::string& signature);

}  // namespace lectern::cuda
