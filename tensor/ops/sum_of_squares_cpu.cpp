#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void sum_of_squares_kernel(Cpu, const std::vector<Tensor>& tensors, Tensor& sum) {
  double total = 0;
  for (const Tensor& x : tensors) {
    const T* in = x.data<T>();
    total += sum_of_blocks(x.size(), [=](std::int64_t begin, std::int64_t end) {
      const T* block = in + begin;
      return sum_of<double>(end - begin, [=](std::int64_t i) {
        return static_cast<double>(block[i]) * static_cast<double>(block[i]);
      });
    });
  }
  *sum.data<double>() = total;
}

template void sum_of_squares_kernel<float>(Cpu, const std::vector<Tensor>&, Tensor&);
template void sum_of_squares_kernel<double>(Cpu, const std::vector<Tensor>&, Tensor&);

}  // namespace lectern
