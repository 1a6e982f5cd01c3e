#include "tensor/ops/sum_of_squares.h"

#include "tensor/launch.h"

namespace lectern {

template <class T>
void sum_of_squares_kernel(Cpu, const Tensor& x, double& sum);

double sum_of_squares(const Tensor& x) {
  double sum = 0;
  launch(x, [&](auto device, auto zero) { sum_of_squares_kernel<decltype(zero)>(device, x, sum); });
  return sum;
}

}  // namespace lectern
