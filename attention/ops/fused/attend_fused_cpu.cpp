#include "attention/ops/fused/attend_backward.h"
#include "attention/ops/fused/attend_forward.h"
#include "attention/ops/fused/attend_fused_kernels.h"
#include "attention/ops/fused/attend_in_f32.h"
#include "tensor/ops/matmul.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"

namespace lectern {
namespace {

/// Queries that one thread takes at a time: many, because each such block packs the keys it sees.
constexpr std::int64_t query_block = 10 * std::int64_t{query_tile};

/// Operations worth handing to another thread.
constexpr std::int64_t worthwhile = 4'000'000;

/// How many tasks of `operations` each make a worthwhile block.
std::int64_t grain_for(std::int64_t operations) {
  return std::max<std::int64_t>(1, worthwhile / std::max<std::int64_t>(1, operations));
}

/// Head `h` of sequence `b`: its rows within a tensor `[batch, length, d_model]`.
template <class T, class TensorOrConst>
auto head_rows(TensorOrConst& tensor, std::int64_t b, std::int64_t h, std::int64_t d_head) {
  const std::int64_t length = tensor.dim(1), d_model = tensor.dim(2);
  auto* first = tensor.template data<T>() + b * length * d_model + h * d_head;
  return Rows<std::remove_pointer_t<decltype(first)>>{first, d_model};
}

template <class T>
Head<T> head_of(const AttendInputs& in, std::int64_t b, std::int64_t h) {
  const std::int64_t d_head = in.d_head();
  return {head_rows<T>(in.q, b, h, d_head),
          head_rows<T>(in.k, b, in.key_value_head(h), d_head),
          head_rows<T>(in.v, b, in.key_value_head(h), d_head),
          d_head,
          static_cast<T>(score_scale(in.options, d_head)),
          in.dropout(b, h)};
}

/// Counts so many products of a row by a row for every pair that attends, of all heads.
template <MaskPrograms Masks>
void count_pairs(const AttendInputs& in, const Masks& masks, std::int64_t products) {
  std::int64_t pairs = 0;
  for (std::int64_t b = 0; b < in.batch(); ++b)
    for (std::int64_t h = 0; h < in.head(); ++h)
      pairs += masks.program(b, h).visible_pairs(static_cast<std::int32_t>(in.query()));
  count_operations(products * 2 * in.d_head() * pairs);
}

template <class T, MaskPrograms Masks>
void attend_on_cpu(const AttendInputs& in, const Masks& masks, AttendResult& result) {
  using Number = NumberOf<T>;
  count_pairs(in, masks, /*products=*/2);
  const std::int64_t query = in.query(), d_head = in.d_head();
  const std::int64_t blocks = (query + query_block - 1) / query_block;
  const std::int64_t some = std::min(query, query_block);
  const std::int64_t visited = masks.most_keys(static_cast<std::int32_t>(some));
  const std::int32_t tile = queries_of_tile<T>(masks, query, in.key());
  const auto attend_tasks = [&](std::int64_t begin, std::int64_t end) {
    ForwardRoom<T> room(tile, visited, d_head);
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t b = task / blocks / in.head(), h = task / blocks % in.head();
      const auto first = static_cast<std::int32_t>(task % blocks * query_block);
      const Range queries{first, static_cast<std::int32_t>(std::min(first + query_block, query))};
      attend_block<T>(head_of<Number>(in, b, h), masks.program(b, h), queries, room,
                      head_rows<Number>(result.output, b, h, d_head),
                      result.log_sum_exp.data<Number>() + (b * in.head() + h) * query);
    }
  };
  parallel_for(in.batch() * in.head() * blocks, grain_for(4 * some * visited * d_head),
               attend_tasks);
}

template <class T, MaskPrograms Masks>
void attend_backward_on_cpu(const AttendInputs& in, const Masks& masks, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients) {
  using Number = NumberOf<T>;
  count_pairs(in, masks, /*products=*/5);
  const std::int64_t query = in.query(), key = in.key(), d_head = in.d_head();
  const std::int32_t tile = queries_of_tile<T>(masks, query, key);
  const auto differentiate_heads = [&](std::int64_t begin, std::int64_t end) {
    BackwardRoom<T> room(tile, query, key, d_head);
    Tensor weighted_loss_memory({query}, in.q.dtype(), cpu);
    Number* weighted_loss = weighted_loss_memory.data<Number>();
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t b = task / in.head(), h = task % in.head();
      const Rows<const Number> output = head_rows<Number>(result.output, b, h, d_head);
      HeadGradients<Number> head_gradients{result.log_sum_exp.data<Number>() + task * query,
                                           weighted_loss,
                                           head_rows<Number>(d_output, b, h, d_head),
                                           head_rows<Number>(gradients.dq, b, h, d_head),
                                           head_rows<Number>(gradients.dk, b, h, d_head),
                                           head_rows<Number>(gradients.dv, b, h, d_head)};
      for (std::int64_t i = 0; i < query; ++i)
        weighted_loss[i] =
            dot(rows_from(output, i).data, rows_from(head_gradients.d_output, i).data, d_head);
      attend_backward_head<T>(head_of<Number>(in, b, h), masks.program(b, h),
                              static_cast<std::int32_t>(query), static_cast<std::int32_t>(key),
                              head_gradients, room);
      if (gradients.d_widths.defined())
        gradients.d_widths.data<Number>()[task * gradients.d_widths.dim(2)] =
            static_cast<Number>(head_gradients.d_width);
    }
  };
  const std::int64_t visited = masks.most_keys(query_tile);
  parallel_for(in.batch() * in.head(), grain_for(10 * query * visited * d_head),
               differentiate_heads);
}

template <class T>
void attend_on_cpu(const AttendInputs& in, AttendResult& result) {
  with_programs<NumberOf<T>>(in.options, in.query(), in.key(),
                             [&](const auto& masks) { attend_on_cpu<T>(in, masks, result); });
}

template <class T>
void attend_backward_on_cpu(const AttendInputs& in, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients) {
  with_programs<NumberOf<T>>(in.options, in.query(), in.key(), [&](const auto& masks) {
    attend_backward_on_cpu<T>(in, masks, result, d_output, gradients);
  });
}

}  // namespace

void attend_kernel(Cpu, float, const AttendInputs& inputs, AttendResult& result) {
  matmul_precision() == Precision::bf16 ? attend_on_cpu<Bfloat16Pair>(inputs, result)
                                        : attend_on_cpu<float>(inputs, result);
}
void attend_kernel(Cpu, double, const AttendInputs& inputs, AttendResult& result) {
  attend_on_cpu<double>(inputs, result);
}
void attend_kernel(Cpu device, bfloat16, const AttendInputs& inputs, AttendResult& result) {
  attend_in_f32(device, inputs, result);
}
void attend_backward_kernel(Cpu, float, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients) {
  matmul_precision() == Precision::bf16
      ? attend_backward_on_cpu<Bfloat16Pair>(inputs, result, d_output, gradients)
      : attend_backward_on_cpu<float>(inputs, result, d_output, gradients);
}
void attend_backward_kernel(Cpu, double, const AttendInputs& inputs, const AttendResult& result,
                            const Tensor& d_output, AttendGradients& gradients) {
  attend_backward_on_cpu<double>(inputs, result, d_output, gradients);
}
void attend_backward_kernel(Cpu device, bfloat16, const AttendInputs& inputs,
                            const AttendResult& result, const Tensor& d_output,
                            AttendGradients& gradients) {
  attend_backward_in_f32(device, inputs, result, d_output, gradients);
}

}  // namespace lectern
