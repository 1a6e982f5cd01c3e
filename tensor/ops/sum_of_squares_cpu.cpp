#include "tensor/launch.h"
#include "tensor/ops/rows_cpu.h"

namespace lectern {

template <class T>
void add_sum_of_squares_kernel(Cpu, const Tensor& x, Tensor& sum) {
  const T* in = x.data<T>();
  *sum.data<double>() += sum_of_blocks(x.size(), [=](std::int64_t begin, std::int64_t end) {
    const T* block = in + begin;
    return sum_of<double>(end - begin, [=](std::int64_t i) {
      return static_cast<double>(block[i]) * static_cast<double>(block[i]);
    });
  });
}

template void add_sum_of_squares_kernel<float>(Cpu, const Tensor&, Tensor&);
template void add_sum_of_squares_kernel<double>(Cpu, const Tensor&, Tensor&);

}  // namespace lectern
