#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tensor/cuda/device_layer.h"
#include "tensor/has_cuda.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

namespace lectern {

/// An operation under its name, for tests that do the same with many operations.
struct NamedOp {
  std::string name;
  std::function<Tensor(const std::vector<Tensor>& inputs)> apply;
};

/// True when kernels can run on a GPU, real or emulated; says that a test is skipped otherwise.
inline bool gpu_is_there() {
  if constexpr (has_cuda)
    if (cuda::device_count() > 0) return true;
  WARN("SKIPPED: no GPU, or a build without kernels for one");
  return false;
}

/// Restores the default device.
struct OnDevice {
  explicit OnDevice(Device device) { set_default_device(device); }
  ~OnDevice() { set_default_device(before); }
  Device before = default_device();
};

/// Calls every operation on the CPU and on the GPU, in both precisions, and expects equal results
/// up to rounding.
inline void expect_gpu_agrees(const std::vector<NamedOp>& ops, const std::vector<Tensor>& inputs) {
  const Device gpu{Device::Kind::cuda};
  for (const DType dtype : {DType::f32, DType::f64}) {
    std::vector<Tensor> here, there;
    for (const Tensor& input : inputs) {
      here.push_back(cast(input.to(cpu), dtype));
      there.push_back(here.back().to(gpu));
    }
    for (const NamedOp& op : ops) {
      const auto on = [&](Device device, const std::vector<Tensor>& numbers) {
        const OnDevice scope(device);
        return op.apply(numbers);
      };
      INFO(op.name << " of " << here.front().shape() << " " << dtype);
      const Tensor expected = on(cpu, here), result = on(gpu, there);
      CHECK(result.device() == gpu);
      CHECK(result.dtype() == expected.dtype());
      const bool exact = result.dtype() == DType::i32;
      const double rtol = exact ? 0 : dtype == DType::f64 ? 1e-12 : 1.3e-6;
      const double atol = exact ? 0 : dtype == DType::f64 ? 1e-12 : 1e-5;
      CHECK(close(result.to(cpu), expected, rtol, atol));
    }
  }
}

}  // namespace lectern
