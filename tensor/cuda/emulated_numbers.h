#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tensor/check.h"
#include "tensor/cuda/emulator_memory.h"

namespace lectern {

/// Numbers in the memory of the emulated GPU (docs/emulator.md), for a program that runs kernels of
/// its own where tensors know no GPU. The host reads and writes them by this class alone.
class EmulatedNumbers {
 public:
  explicit EmulatedNumbers(const std::vector<float>& numbers)
      : size_(numbers.size()),
        memory_(static_cast<float*>(
            emulator::take_memory(static_cast<std::int64_t>(size_ * sizeof(float))))) {
    check(memory_ != nullptr,
          [&] { return text("the emulated GPU has no memory left for ", size_, " numbers"); });
    const emulator::OpenMemory open;
    std::copy(numbers.begin(), numbers.end(), memory_);
  }
  ~EmulatedNumbers() { emulator::give_back_memory(memory_); }
  EmulatedNumbers(const EmulatedNumbers&) = delete;
  EmulatedNumbers& operator=(const EmulatedNumbers&) = delete;
  /// The address, for a kernel.
  float* get() const { return memory_; }
  std::vector<float> read() const {
    const emulator::OpenMemory open;
    return {memory_, memory_ + size_};
  }

 private:
  std::size_t size_;
  float* memory_;
};

}  // namespace lectern
