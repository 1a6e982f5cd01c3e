#pragma once

#include "attention/ops/attend_fused.h"
#include "tensor/launch.h"

namespace lectern {

/// The three inputs of attention, checked.
struct AttendInputs {
  const Tensor &q, &k, &v;
  const AttentionOptions& options;

  std::int64_t batch() const { return q.dim(0); }
  std::int64_t query() const { return q.dim(1); }
  std::int64_t key() const { return k.dim(1); }
  std::int64_t d_model() const { return q.dim(2); }
  std::int64_t head() const { return options.heads; }
  std::int64_t d_head() const { return d_model() / head(); }
};

/// The kernels behind attend_fused.h. The second argument is a number of the tensors' dtype.
void attend_kernel(Cpu, float, const AttendInputs& inputs, AttendResult& result);
void attend_kernel(Cpu, double, const AttendInputs& inputs, AttendResult& result);
void attend_backward_kernel(Cpu, float, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients);
void attend_backward_kernel(Cpu, double, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients);

}  // namespace lectern
