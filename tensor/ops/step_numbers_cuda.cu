#include "tensor/cuda/loops.h"
#include "tensor/ops/step_numbers.h"

namespace lectern {

template <class T>
void add_loss_kernel(Cuda device, Tensor& numbers, const Tensor& mean, const Tensor& targets) {
  StepNumbers* step = step_numbers_at(numbers.device_data<double>());
  const T *loss = mean.device_data<T>(), *count = targets.device_data<T>();
  for_each_element(device, 1, [=] __device__(std::int64_t) {
    step->loss += static_cast<double>(*loss) * static_cast<double>(*count);
  });
}

void limit_step_kernel(Cuda device, Tensor& numbers, const Tensor& sum_of_squares,
                       double max_norm) {
  StepNumbers* step = step_numbers_at(numbers.device_data<double>());
  const double* squares = sum_of_squares.device_data<double>();
  for_each_element(device, 1,
                   [=] __device__(std::int64_t) { limit(*step, ::sqrt(*squares), max_norm); });
}

template void add_loss_kernel<float>(Cuda, Tensor&, const Tensor&, const Tensor&);
template void add_loss_kernel<double>(Cuda, Tensor&, const Tensor&, const Tensor&);

}  // namespace lectern
