#include "attention/ops/lsh/attend_lsh_backward_cuda.h"
#include "attention/ops/lsh/attend_lsh_forward_cuda.h"

namespace lectern {

template <class T>
void attend_lsh_kernel(Cuda device, const LshInputs& inputs, AttendResult& result) {
  if (inputs.q.size() == 0) return;
  Tensor key_factors = empty_like(result.log_sum_exp), sums = empty_like(result.log_sum_exp);
  attend_lsh_with_tiles<T>(
      device, lsh_arguments_of<T>(inputs, key_factors),
      {result.log_sum_exp.device_data<T>(), sums.device_data<T>(), result.output.device_data<T>()});
}

template <class T>
void attend_lsh_backward_kernel(Cuda device, const LshInputs& inputs, const AttendResult& result,
                                const Tensor& d_output, AttendLshGradients& gradients) {
  if (inputs.q.size() == 0) return;
  Tensor key_factors = empty_like(result.log_sum_exp);
  Tensor weighted_loss = empty_like(result.log_sum_exp), dk = empty_like(inputs.q);
  attend_lsh_backward_with_tiles<T>(
      device, lsh_arguments_of<T>(inputs, key_factors),
      {result.output.device_data<T>(), d_output.device_data<T>(),
       result.log_sum_exp.device_data<T>(), weighted_loss.device_data<T>(),
       gradients.dq.device_data<T>(), dk.device_data<T>(), gradients.dv.device_data<T>()});
}

template void attend_lsh_kernel<float>(Cuda, const LshInputs&, AttendResult&);
template void attend_lsh_kernel<double>(Cuda, const LshInputs&, AttendResult&);
template void attend_lsh_backward_kernel<float>(Cuda, const LshInputs&, const AttendResult&,
                                                const Tensor&, AttendLshGradients&);
template void attend_lsh_backward_kernel<double>(Cuda, const LshInputs&, const AttendResult&,
                                                 const Tensor&, AttendLshGradients&);

}  // namespace lectern
