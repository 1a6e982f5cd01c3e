#include <atomic>

#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {

/// x − x is 0 for a number and NaN for NaN and ±∞; the sum of a block keeps a NaN.
template <class T>
void is_finite_kernel(Cpu, const Tensor& x, bool& finite) {
  const T* in = x.data<T>();
  std::atomic<bool> all_finite{true};
  for_element_blocks(x.size(), [&](std::int64_t begin, std::int64_t end) {
    if (!all_finite.load(std::memory_order_relaxed)) return;
    const T* block = in + begin;
    const T sum = sum_of<T>(end - begin, [=](std::int64_t i) { return block[i] - block[i]; });
    if (sum != T{0}) all_finite.store(false, std::memory_order_relaxed);
  });
  finite = all_finite.load();
}

template void is_finite_kernel<float>(Cpu, const Tensor&, bool&);
template void is_finite_kernel<double>(Cpu, const Tensor&, bool&);

}  // namespace lectern
