// The only file that includes CUB, NVIDIA's library of device-wide algorithms.

#include <cub/device/device_radix_sort.cuh>

#include "tensor/check.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/memory.h"
#include "tensor/cuda/runtime.h"

namespace lectern::cuda {

void sort_pairs(Cuda device, std::int64_t count, const std::uint32_t* keys,
                const std::int32_t* values, std::uint32_t* sorted_keys, std::int32_t* sorted_values,
                int key_bits) {
  if (count == 0) return;
  const auto sort = [&](void* scratch, std::size_t& bytes) {
    check_cuda(
        cub::DeviceRadixSort::SortPairs(scratch, bytes, keys, sorted_keys, values, sorted_values,
                                        count, 0, key_bits, stream_of(device)),
        "sort_pairs");
  };
  std::size_t bytes = 0;
  sort(nullptr, bytes);  // asks how much it needs
  const Memory scratch = allocate(device, static_cast<std::int64_t>(bytes));
  sort(scratch.get(), bytes);
}

}  // namespace lectern::cuda
