#include <cmath>

#include "tensor/ops/step_numbers.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void add_loss_kernel(Cpu, Tensor& numbers, const Tensor& mean, const Tensor& targets) {
  step_numbers_at(numbers.data<double>())->loss +=
      static_cast<double>(*mean.data<T>()) * static_cast<double>(*targets.data<T>());
}

void limit_step_kernel(Cpu, Tensor& numbers, const Tensor& sum_of_squares, double max_norm) {
  limit(*step_numbers_at(numbers.data<double>()), std::sqrt(*sum_of_squares.data<double>()),
        max_norm);
}

template void add_loss_kernel<float>(Cpu, Tensor&, const Tensor&, const Tensor&);
template void add_loss_kernel<double>(Cpu, Tensor&, const Tensor&, const Tensor&);

}  // namespace lectern
