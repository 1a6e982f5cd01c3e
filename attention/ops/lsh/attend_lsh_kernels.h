#pragma once

#include "attention/ops/lsh/attend_lsh.h"
#include "attention/ops/weight_dropout.h"
#include "tensor/tensor.h"

namespace lectern {

/// What the kernels behind attend_lsh.h are given, checked.
struct LshInputs {
  const Tensor &q, &v;
  const LshOrder& order;
  const AttentionOptions& options;

  std::int64_t heads() const { return q.dim(1); }
  std::int64_t groups() const { return q.dim(0) * q.dim(1); }  ///< heads of all sequences
  std::int64_t length() const { return q.dim(2); }
  std::int64_t d_head() const { return q.dim(3); }
  std::int64_t rounds() const { return order.tokens.dim(2); }
  WeightDropout dropout(std::int64_t group) const {
    return {.key = options.key,
            .first_element = static_cast<std::uint64_t>(group * length() * length()),
            .key_count = length(),
            .threshold = drop_threshold(options.dropout),
            .keep_factor = 1 / (1 - options.dropout)};
  }
};

/// Keeps the length of a key finite where a query is zero: trax's number.
constexpr double key_epsilon = 1e-6;

template <class T>
void attend_lsh_kernel(Cpu, const LshInputs& inputs, AttendResult& result);
template <class T>
void attend_lsh_kernel(Cuda, const LshInputs& inputs, AttendResult& result);
template <class T>
void attend_lsh_backward_kernel(Cpu, const LshInputs& inputs, const AttendResult& result,
                                const Tensor& d_output, AttendLshGradients& gradients);
template <class T>
void attend_lsh_backward_kernel(Cuda, const LshInputs& inputs, const AttendResult& result,
                                const Tensor& d_output, AttendLshGradients& gradients);

}  // namespace lectern
