#include "tensor/ops/sum_of_squares.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void sum_of_squares_kernel(Cpu, const std::vector<Tensor>& tensors, Tensor& sum);
template <class T>
void sum_of_squares_kernel(Cuda, const std::vector<Tensor>& tensors, Tensor& sum);

Tensor sum_of_squares(const std::vector<Tensor>& tensors) {
  check(!tensors.empty(), "sum_of_squares needs a tensor, got none");
  for (const Tensor& x : tensors) expect_alike("sum_of_squares", tensors.front(), x);
  Tensor sum({}, DType::f64, tensors.front().device());
  launch(tensors.front(), [&](auto device, auto zero) {
    sum_of_squares_kernel<decltype(zero)>(device, tensors, sum);
  });
  return sum;
}

}  // namespace lectern
