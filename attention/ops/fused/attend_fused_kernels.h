#pragma once

#include "attention/ops/fused/attend_fused.h"
#include "attention/ops/score_program.h"
#include "attention/ops/weight_dropout.h"
#include "tensor/tensor.h"

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
  std::int64_t key_value_heads() const { return k.dim(2) / d_head(); }
  /// Whose keys and values head h looks at: its group's.
  std::int64_t key_value_head(std::int64_t h) const { return h / (head() / key_value_heads()); }
  /// The dropout of head h of sequence b.
  WeightDropout dropout(std::int64_t b, std::int64_t h) const {
    return {.key = options.key,
            .first_element = static_cast<std::uint64_t>((b * head() + h) * query() * key()),
            .key_count = key(),
            .threshold = drop_threshold(options.dropout),
            .keep_factor = 1 / (1 - options.dropout)};
  }
};

/// A block of a backward kernel owns at least so many queries.
constexpr std::int64_t fewest_rows = 16;

/// The kernels behind attend_fused.h. The derivatives by the widths are left in parts,
/// `[batch, head, part]`, at most one for every `fewest_rows` queries, the others zero. The second
/// argument is a number of the tensors' dtype; the log_sum_exp of bf16 tensors is f32. dk and dv are
/// those of every query head, `[batch, key, d_model]`, however many heads have keys of their own.
void attend_kernel(Cpu, float, const AttendInputs& inputs, AttendResult& result);
void attend_kernel(Cpu, double, const AttendInputs& inputs, AttendResult& result);
void attend_kernel(Cpu, bfloat16, const AttendInputs& inputs, AttendResult& result);
void attend_kernel(Cuda, float, const AttendInputs& inputs, AttendResult& result);
void attend_kernel(Cuda, double, const AttendInputs& inputs, AttendResult& result);
void attend_kernel(Cuda, bfloat16, const AttendInputs& inputs, AttendResult& result);
void attend_backward_kernel(Cpu, float, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients);
void attend_backward_kernel(Cpu, double, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients);
void attend_backward_kernel(Cpu, bfloat16, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients);
void attend_backward_kernel(Cuda, float, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients);
void attend_backward_kernel(Cuda, double, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients);
void attend_backward_kernel(Cuda, bfloat16, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients);

}  // namespace lectern
