#include "tensor/cuda/sums.h"

namespace lectern {

template <class T>
void add_sum_of_squares_kernel(Cuda device, const Tensor& x, Tensor& sum) {
  const T* in = x.device_data<T>();
  double* total = sum.device_data<double>();
  sum_all(
      device, x.size(),
      [=] __device__(std::int64_t i) {
        return static_cast<double>(in[i]) * static_cast<double>(in[i]);
      },
      [=] __device__(std::int64_t, double squares) { *total += squares; });
}

template void add_sum_of_squares_kernel<float>(Cuda, const Tensor&, Tensor&);
template void add_sum_of_squares_kernel<double>(Cuda, const Tensor&, Tensor&);

}  // namespace lectern
