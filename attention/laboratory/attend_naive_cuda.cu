#include <limits>

#include "attention/laboratory/attend_naive.h"
#include "attention/ops/fused/attend_cuda.h"

namespace lectern {

// Step 1: one thread for every query. Nothing is shared, nothing is clever: this is the formula of
// attend_fused.h, and the other two steps are tested against it. Every thread reads all keys and
// values from global memory, which is what makes it slow.

template <class T>
__device__ T dot_of_rows(const T* a, const T* b, std::int32_t count) {
  T total{};
  for (std::int32_t c = 0; c < count; ++c) total += a[c] * b[c];
  return total;
}

/// log Σ e^score over the keys that a query sees; infinity if there are none.
template <class T, MaskProgram Program>
__device__ T log_sum_exp_of_query(const AttendArguments<T>& in, const Program& mask,
                                  HeadRows<const T> k, const T* q, std::int32_t i) {
  T maximum = -std::numeric_limits<T>::infinity(), sum{};
  for (std::int32_t j = 0; j < in.key; ++j)
    if (mask.visible(i, j))
      maximum = Larger{}(maximum, in.scale * dot_of_rows(q, k.row(j), in.d_head));
  for (std::int32_t j = 0; j < in.key; ++j)
    if (mask.visible(i, j)) sum += exp(in.scale * dot_of_rows(q, k.row(j), in.d_head) - maximum);
  return sum == T{} ? std::numeric_limits<T>::infinity() : maximum + log(sum);
}

template <class T, MaskPrograms Masks>
__global__ void attend_naive(AttendArguments<T> in, Masks masks, T* output, T* log_sum_exp) {
  const std::int64_t row = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (row >= std::int64_t{in.batch} * in.heads * in.query) return;
  const auto head = static_cast<std::int32_t>(row / in.query);
  const auto i = static_cast<std::int32_t>(row % in.query);
  const HeadIndex index{head / in.heads, head % in.heads, in.heads};
  const auto k = rows_of_group(in, in.k, index);
  const auto v = rows_of_group(in, in.v, index);
  const T* q = rows_of_head(in.q, index, in.query, in.d_head).row(i);
  T* o = rows_of_head(output, index, in.query, in.d_head).row(i);
  const WeightDropout dropout = dropout_of_head(in, index);
  const auto mask = masks.program(index.batch, index.head);

  log_sum_exp[row] = log_sum_exp_of_query(in, mask, k, q, i);
  for (std::int32_t c = 0; c < in.d_head; ++c) o[c] = T{};
  for (std::int32_t j = 0; j < in.key; ++j) {
    if (!mask.visible(i, j)) continue;
    const T p = exp(in.scale * dot_of_rows(q, k.row(j), in.d_head) - log_sum_exp[row]);
    const bool kept = dropout.key.word(dropout.element(i, j)) >= dropout.threshold;
    const T weight = kept ? p * static_cast<T>(dropout.keep_factor) : T{};
    for (std::int32_t c = 0; c < in.d_head; ++c) o[c] += weight * v.row(j)[c];
  }
}

namespace {

template <class T>
void attend_naively_in(Cuda device, const AttendInputs& inputs, AttendResult& result) {
  const AttendArguments<T> in = arguments_of<T>(inputs);
  const std::int64_t rows = inputs.batch() * inputs.head() * inputs.query();
  if (rows == 0) return;
  with_masks(inputs.options.mask, in.query, in.key, [&](const auto& masks) {
    launch_kernel<attend_naive<T, std::decay_t<decltype(masks)>>>(
        device,
        {.blocks = dim3(static_cast<unsigned>(divide_up(rows, block_threads))),
         .threads = dim3(block_threads)},
        in, masks, result.output.template device_data<T>(),
        result.log_sum_exp.template device_data<T>());
  });
}

}  // namespace

void attend_naively(Cuda device, const AttendInputs& inputs, AttendResult& result) {
  inputs.q.dtype() == DType::f64 ? attend_naively_in<double>(device, inputs, result)
                                 : attend_naively_in<float>(device, inputs, result);
}

}  // namespace lectern
