#include "attention/ops/linear/attend_linear.h"

#include "attention/ops/fused/attend_fused_kernels.h"
#include "tensor/launch.h"
#include "tensor/ops/cast.h"

namespace lectern {

template <class T>
void attend_linear_kernel(Cpu, const AttendInputs& inputs, AttendLinearResult& result);
template <class T>
void attend_linear_kernel(Cuda, const AttendInputs& inputs, AttendLinearResult& result);
template <class T>
void attend_linear_backward_kernel(Cpu, const AttendInputs& inputs,
                                   const AttendLinearResult& result, const Tensor& d_output,
                                   AttendGradients& gradients);
template <class T>
void attend_linear_backward_kernel(Cuda, const AttendInputs& inputs,
                                   const AttendLinearResult& result, const Tensor& d_output,
                                   AttendGradients& gradients);

void check_linear(const Tensor& q, const Tensor& k, const Tensor& v,
                  const AttentionOptions& options) {
  check_attention(q, k, v, options);
  check_no_bias(options, "linear attention");
  const std::int64_t batch = q.dim(0), key = k.dim(1), d_model = q.dim(2);
  EXPECT_SHAPE(k, batch, key, d_model);  // see repeat_heads for fewer heads
  check(options.dropout == 0 && options.scale == 0, [&] {
    return text("linear attention got dropout ", options.dropout, " and scale ", options.scale,
                ", but makes no weights that could be dropped or scaled; set both to 0");
  });
  check(!options.mask.window && !options.mask.blocks,
        "linear attention carries one sum of all keys and cannot leave out "
        "those beyond a window; take WindowAttention");
  check(key > 0, "linear attention got no keys; expected at least one");
  check(!options.mask.causal || q.dim(1) == key, [&] {
    return text("causal linear attention needs as many queries as keys, got ", q.dim(1), " and ",
                key, "; to go on after earlier tokens use LinearAttention::start");
  });
}

namespace {

Tensor wide(const Tensor& x) { return cast(x, DType::f32); }
Tensor round_to_bf16(const Tensor& x) { return cast(x, DType::bf16); }

}  // namespace

AttendLinearResult attend_linear(const Tensor& q, const Tensor& k, const Tensor& v,
                                 const AttentionOptions& options) {
  check_linear(q, k, v, options);
  check_no_pairs(options.mask, "linear attention");
  if (q.dtype() == DType::bf16) {
    const AttendLinearResult result = attend_linear(wide(q), wide(k), wide(v), options);
    return {round_to_bf16(result.output), result.normalizers};
  }
  const AttendInputs inputs{q, k, v, options};
  AttendLinearResult result{empty_like(q), Tensor({inputs.batch(), inputs.head(), inputs.query()},
                                                  q.dtype(), q.device())};
  launch(q, [&](auto device, auto zero) {
    attend_linear_kernel<decltype(zero)>(device, inputs, result);
  });
  return result;
}

AttendGradients attend_linear_backward(const Tensor& q, const Tensor& k, const Tensor& v,
                                       const AttendLinearResult& result, const Tensor& d_output,
                                       const AttentionOptions& options) {
  check_linear(q, k, v, options);
  const AttendInputs inputs{q, k, v, options};
  const std::int64_t batch = inputs.batch(), query = inputs.query(), d_model = inputs.d_model();
  EXPECT_SHAPE(d_output, batch, query, d_model);
  if (q.dtype() == DType::bf16) {
    const AttendGradients in_f32 =
        attend_linear_backward(wide(q), wide(k), wide(v), {wide(result.output), result.normalizers},
                               wide(d_output), options);
    return {round_to_bf16(in_f32.dq), round_to_bf16(in_f32.dk), round_to_bf16(in_f32.dv)};
  }
  AttendGradients gradients{empty_like(q), empty_like(k), empty_like(v)};
  launch(q, [&](auto device, auto zero) {
    attend_linear_backward_kernel<decltype(zero)>(device, inputs, result, d_output, gradients);
  });
  return gradients;
}

}  // namespace lectern
