#include "tensor/launch.h"
#include "tensor/ops/rows_cpu.h"

namespace lectern {

template <class T>
void sum_of_squares_kernel(Cpu, const Tensor& x, double& sum) {
  const T* in = x.data<T>();
  sum = sum_of_blocks(x.size(), [=](std::int64_t begin, std::int64_t end) {
    const T* block = in + begin;
    return sum_of<double>(end - begin, [=](std::int64_t i) {
      return static_cast<double>(block[i]) * static_cast<double>(block[i]);
    });
  });
}

template void sum_of_squares_kernel<float>(Cpu, const Tensor&, double&);
template void sum_of_squares_kernel<double>(Cpu, const Tensor&, double&);

}  // namespace lectern
