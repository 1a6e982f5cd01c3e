#include "tensor/ops/sum_of_squares.h"

#include "tensor/launch.h"

namespace lectern {

template <class T>
void add_sum_of_squares_kernel(Cpu, const Tensor& x, Tensor& sum);
template <class T>
void add_sum_of_squares_kernel(Cuda, const Tensor& x, Tensor& sum);

void add_sum_of_squares(const Tensor& x, Tensor& sum) {
  check(sum.size() == 1 && sum.dtype() == DType::f64 && sum.device() == x.device(), [&] {
    return text("add_sum_of_squares of numbers on ", x.device(), " needs an f64 scalar there, got ",
                sum.dtype(), " ", sum.shape(), " on ", sum.device());
  });
  launch(x, [&](auto device, auto zero) {
    add_sum_of_squares_kernel<decltype(zero)>(device, x, sum);
  });
}

double sum_of_squares(const Tensor& x) {
  Tensor sum = zeros({}, DType::f64, x.device());
  add_sum_of_squares(x, sum);
  return sum.item<double>();
}

}  // namespace lectern
