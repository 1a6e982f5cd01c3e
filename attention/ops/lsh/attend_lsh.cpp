#include "attention/ops/lsh/attend_lsh.h"

#include "attention/ops/lsh/attend_lsh_kernels.h"
#include "tensor/launch.h"

namespace lectern {
namespace {

void check_lsh_inputs(const Tensor& q, const Tensor& v, const LshOrder& order,
                      const AttentionOptions& options) {
  check(q.rank() == 4, [&] {
    return text("LSH attention needs queries [batch, head, length, d_head], got ", q.shape());
  });
  const std::int64_t batch = q.dim(0), head = q.dim(1), length = q.dim(2), d_head = q.dim(3);
  EXPECT_SHAPE(v, batch, head, length, d_head);
  check_no_bias(options, "LSH attention");
  check_no_pairs(options.mask, "LSH attention");
  check(!options.mask.window && !options.mask.blocks,
        "LSH attention looks at buckets, not at a window of neighbours");
  check(order.tokens.rank() == 4, "LSH attention needs an order: see lsh_order");
  const std::int64_t round = order.tokens.dim(2);
  EXPECT_SHAPE(order.tokens, batch, head, round, length);
  EXPECT_SHAPE(order.places, batch, head, round, length);
  check(q.dtype() == v.dtype() && q.device() == v.device() && q.device() == order.tokens.device(),
        [&] {
          return text("LSH attention needs one dtype and one device, got queries ", q.dtype(),
                      " on ", q.device(), ", values ", v.dtype(), " on ", v.device(), ", order on ",
                      order.tokens.device());
        });
  check(options.scale == 0 || options.scale == 1, [&] {
    return text("LSH attention got a scale of ", options.scale,
                ", but its score is q · k as it is: the length of q is the temperature");
  });
  check(options.dropout >= 0 && options.dropout < 1, [&] {
    return text("attention dropout is ", options.dropout, ", expected a probability from 0 to 1");
  });
}

}  // namespace

AttendResult attend_lsh(const Tensor& q, const Tensor& v, const LshOrder& order,
                        const AttentionOptions& options) {
  check_lsh_inputs(q, v, order, options);
  AttendResult result{empty_like(q), Tensor({q.dim(0), q.dim(1), q.dim(2)}, q.dtype(), q.device())};
  const LshInputs inputs{q, v, order, options};
  launch(q, [&](auto device, auto number) {
    attend_lsh_kernel<decltype(number)>(device, inputs, result);
  });
  return result;
}

AttendLshGradients attend_lsh_backward(const Tensor& q, const Tensor& v, const LshOrder& order,
                                       const AttendResult& result, const Tensor& d_output,
                                       const AttentionOptions& options) {
  check_lsh_inputs(q, v, order, options);
  const std::int64_t batch = q.dim(0), head = q.dim(1), length = q.dim(2), d_head = q.dim(3);
  EXPECT_SHAPE(d_output, batch, head, length, d_head);
  AttendLshGradients gradients{empty_like(q), empty_like(v)};
  const LshInputs inputs{q, v, order, options};
  launch(q, [&](auto device, auto number) {
    attend_lsh_backward_kernel<decltype(number)>(device, inputs, result, d_output, gradients);
  });
  return gradients;
}

}  // namespace lectern
