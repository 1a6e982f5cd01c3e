#include "attention/ops/fused/attend_fused.h"

#include "attention/ops/fused/attend_fused_kernels.h"
#include "tensor/launch.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/reduce.h"

namespace lectern {
namespace {

/// launch() for attention's three dtypes.
template <class Kernel>
void launch_attention(const Tensor& q, const Kernel& kernel) {
  if (q.dtype() != DType::bf16) return launch(q, kernel);
  with_device(q, [&](auto device) { kernel(device, bfloat16{}); });
}

/// Adds up what the heads of a group leave for the keys, or values, that they share.
/// \param of_heads  `[batch, key, d_model]`
/// \return          `[batch, key, d_keys]`
Tensor sum_of_groups(const Tensor& of_heads, const AttendInputs& inputs) {
  const std::int64_t groups = inputs.key_value_heads(), of_group = inputs.head() / groups;
  if (of_group == 1) return of_heads;
  const bool rounded = of_heads.dtype() == DType::bf16;
  const Tensor wide =
      (rounded ? cast(of_heads, DType::f32) : of_heads)
          .reshape({inputs.batch(), inputs.key(), groups, of_group, inputs.d_head()});
  const Tensor sums = sum_axis(wide, 3).reshape(inputs.k.shape());
  return rounded ? cast(sums, DType::bf16) : sums;
}

}  // namespace

AttendResult attend_fused(const Tensor& q, const Tensor& k, const Tensor& v,
                          const AttentionOptions& options) {
  check_attention(q, k, v, options);
  check_no_pairs(options.mask, "attend_fused");
  const AttendInputs inputs{q, k, v, options};
  const DType sums = q.dtype() == DType::bf16 ? DType::f32 : q.dtype();
  AttendResult result{empty_like(q),
                      Tensor({inputs.batch(), inputs.head(), inputs.query()}, sums, q.device())};
  launch_attention(
      q, [&](auto device, auto number) { attend_kernel(device, number, inputs, result); });
  return result;
}

AttendGradients attend_fused_backward(const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttendResult& result, const Tensor& d_output,
                                      const AttentionOptions& options) {
  check_attention(q, k, v, options);
  const AttendInputs inputs{q, k, v, options};
  const std::int64_t batch = inputs.batch(), query = inputs.query(), d_model = inputs.d_model();
  EXPECT_SHAPE(d_output, batch, query, d_model);
  const Tensor of_every_head({batch, inputs.key(), d_model}, k.dtype(), k.device());
  AttendGradients gradients{empty_like(q), of_every_head, empty_like(of_every_head)};
  const bool biased = options.bias.widths.defined();
  if (biased)
    gradients.d_widths = zeros({batch, inputs.head(), (query + fewest_rows - 1) / fewest_rows},
                               result.log_sum_exp.dtype(), q.device());
  launch_attention(q, [&](auto device, auto number) {
    attend_backward_kernel(device, number, inputs, result, d_output, gradients);
  });
  gradients.dk = sum_of_groups(gradients.dk, inputs);
  gradients.dv = sum_of_groups(gradients.dv, inputs);
  if (biased) gradients.d_widths = sum_axis(sum_axis(gradients.d_widths, 2), 0);
  return gradients;
}

}  // namespace lectern
