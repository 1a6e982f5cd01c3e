#pragma once

#include <type_traits>
#include <utility>

#include "attention/ops/fused/attend_fused_kernels.h"
#include "attention/ops/score_program.h"
#include "attention/ops/weight_dropout.h"
#include "tensor/cuda/loops.h"

namespace lectern {

// What the three CUDA kernels of attention share: their arguments, which head a block works on, and
// dropout. Steps: attend_naive_cuda.cu, attend_tiled_cuda.h, attend_tensor_cores_cuda.h.

/// Queries, keys and values on the GPU: `[batch, query, heads · d_head]`, `[batch, key, …]`.
template <class T>
struct AttendArguments {
  const T *q, *k, *v;
  std::int32_t batch, heads, query, key, d_head;
  std::int32_t heads_a_group;  ///< that look at the same keys and values
  std::int32_t key_columns;    ///< of k and v: heads / heads_a_group · d_head
  SumOf<T> scale;
  WeightDropout dropout;  ///< of the first head of the first sequence
};

template <class T>
AttendArguments<T> arguments_of(const AttendInputs& in) {
  const auto small = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  return {in.q.device_data<T>(),
          in.k.device_data<T>(),
          in.v.device_data<T>(),
          small(in.batch()),
          small(in.head()),
          small(in.query()),
          small(in.key()),
          small(in.d_head()),
          small(in.head() / in.key_value_heads()),
          small(in.k.dim(2)),
          static_cast<SumOf<T>>(score_scale(in.options, in.d_head())),
          in.dropout(0, 0)};
}

/// What the backward pass is given beside the forward pass's arguments, and what it writes.
template <class T>
struct BackwardArguments {
  const T *output, *d_output;
  const SumOf<T>* log_sum_exp;  ///< `[batch, head, query]`
  SumOf<T>* weighted_loss;      ///< `[batch, head, query]`: from the first kernel to the second
  T *dq, *dk, *dv;
  SumOf<T>* d_widths;  ///< `[batch, head, part]`, or null
  std::int32_t width_parts;
};

template <class T>
BackwardArguments<T> backward_arguments_of(const AttendResult& result, const Tensor& d_output,
                                           Tensor& weighted_loss, AttendGradients& gradients) {
  const bool biased = gradients.d_widths.defined();
  return {result.output.device_data<T>(),
          d_output.device_data<T>(),
          result.log_sum_exp.device_data<SumOf<T>>(),
          weighted_loss.device_data<SumOf<T>>(),
          gradients.dq.device_data<T>(),
          gradients.dk.device_data<T>(),
          gradients.dv.device_data<T>(),
          biased ? gradients.d_widths.device_data<SumOf<T>>() : nullptr,
          biased ? static_cast<std::int32_t>(gradients.d_widths.dim(2)) : 0};
}

/// True for masks whose programs also add something to the scores.
template <MaskPrograms Masks>
constexpr bool has_bias = ScoreProgram<decltype(std::declval<Masks>().program(0, 0))>;

/// The score with what its program adds to it, if it does, times `factor`.
template <class T, MaskProgram Program>
__device__ T with_bias(T score, const Program& program, int query, int key, T factor) {
  if constexpr (ScoreProgram<Program>) return score + program.bias(query, key) * factor;
  return score;
}

/// What is the same for all tiles of a head in the backward pass.
template <class T, class Program>
struct BackwardHead {
  SumOf<T> scale;
  WeightDropout dropout;
  Program mask;
};

/// One head of one sequence.
struct HeadIndex {
  std::int32_t batch, head, heads;

  /// Which row of `[batch · head, …]` this is.
  __device__ std::int64_t row() const { return std::int64_t{batch} * heads + head; }
};

/// The rows of one head inside a tensor `[batch, length, heads · d_head]`: heads lie side by side,
/// so that nothing has to be permuted before attention or after it.
template <class T>
struct HeadRows {
  T* first;
  std::int32_t stride;

  __device__ T* row(std::int32_t i) const { return first + std::int64_t{i} * stride; }
};

template <class T>
__device__ HeadRows<T> rows_of_head(T* tensor, HeadIndex index, std::int32_t length,
                                    std::int32_t d_head) {
  const std::int32_t stride = index.heads * d_head;
  return {tensor + std::int64_t{index.batch} * length * stride + index.head * d_head, stride};
}

/// The keys, or values, that a head looks at: those of its group.
template <class T>
__device__ HeadRows<const T> rows_of_group(const AttendArguments<T>& in, const T* tensor,
                                           HeadIndex index) {
  const std::int32_t column = index.head / in.heads_a_group * in.d_head;
  // In 32 bits: 64 would take registers that a tile needs.
  const std::int32_t first = index.batch * in.key;
  return {tensor + std::int64_t{first} * in.key_columns + column, in.key_columns};
}

template <class T>
__device__ WeightDropout dropout_of_head(const AttendArguments<T>& in, HeadIndex index) {
  WeightDropout dropout = in.dropout;
  dropout.first_element += static_cast<std::uint64_t>(index.row()) *
                           static_cast<std::uint64_t>(in.query) *
                           static_cast<std::uint64_t>(in.key);
  return dropout;
}

/// The part of the work that one block does: some rows of one head.
struct BlockTask {
  HeadIndex index;
  std::int32_t first;  ///< the first of its rows
};

/// Blocks that share a head follow each other and find its other rows in the second-level cache.
/// The last rows come first: a causal mask shows most to them, and long tasks should start early.
template <class T>
__device__ BlockTask task_of_block(const AttendArguments<T>& in, std::int32_t length,
                                   std::int32_t rows_a_block) {
  const std::int32_t blocks_a_head = (length + rows_a_block - 1) / rows_a_block;
  const auto block = static_cast<std::int32_t>(blockIdx.x);
  const std::int32_t head = block / blocks_a_head;
  return {{head / in.heads, head % in.heads, in.heads},
          (blocks_a_head - 1 - block % blocks_a_head) * rows_a_block};
}

/// Starts `kernel(in, arguments…)` with a block for every `Size::own_rows` of the `length` rows of
/// each head, and room for `Tiles` in shared memory.
template <auto kernel, class Size, class Tiles, class T, class... Arguments>
void launch_over_rows(Cuda device, const AttendArguments<T>& in, std::int32_t length,
                      const Arguments&... arguments) {
  const std::int64_t blocks = std::int64_t{in.batch} * in.heads * divide_up(length, Size::own_rows);
  launch_kernel<kernel>(device,
                        {.blocks = dim3(static_cast<unsigned>(blocks)),
                         .threads = dim3(Size::threads),
                         .shared_bytes = sizeof(Tiles)},
                        in, arguments...);
}

/// Adds up, over the threads of a block, what its queries contribute to the derivative by the width
/// of their head.
template <class T>
__device__ void store_width_gradient(const BackwardArguments<T>& gradients, HeadIndex index,
                                     std::int32_t part, SumOf<T> d_width) {
  SHARED(SumOf<T>, slots, [warp_size]);
  d_width = block_join(d_width, SumOf<T>{}, slots, Add{});
  if (threadIdx.x == 0) gradients.d_widths[index.row() * gradients.width_parts + part] = d_width;
}

/// Which weights of a warp's `queries` × `keys` dropout keeps, one bit each.
///
/// Random words come in fours along the keys. So every lane draws the words of a run of keys of one
/// query, whichever weights it calculates itself, and answers for them. All lanes must ask at once.
template <int queries, int keys>
class KeptWeights {
 public:
  __device__ KeptWeights(const WeightDropout& dropout, std::int32_t first_query,
                         std::int32_t first_key) {
    const int lane = static_cast<int>(threadIdx.x) % warp_size;
    const std::uint64_t element =
        dropout.element(first_query + lane / lanes_a_query, first_key + lane % lanes_a_query * run);
    const std::uint64_t lead = element % 4;
    std::uint64_t bits = 0;
#pragma unroll 1  // five generators side by side would take too many registers
    for (int quad = 0; quad <= (run + 2) / 4; ++quad) {
      const PhiloxWords words = dropout.key.words(element / 4 + static_cast<std::uint64_t>(quad));
#pragma unroll
      for (int w = 0; w < 4; ++w)
        bits |= std::uint64_t{words[w] >= dropout.threshold} << (quad * 4 + w);
    }
    bits_ = static_cast<std::uint32_t>(bits >> lead);
  }

  static constexpr int run = queries * keys / warp_size;  ///< keys that one lane draws for

  /// Run `part` of a query's keys: bit i speaks for key `part · run + i`.
  __device__ std::uint32_t bits(int query, int part) const {
    return __shfl_sync(whole_warp, bits_, query * lanes_a_query + part);
  }
  __device__ std::uint32_t bit(int query, int key) const {
    return bits(query, key / run) >> (key % run) & 1u;
  }

 private:
  static constexpr int lanes_a_query = warp_size / queries;
  static_assert(run * lanes_a_query == keys && run <= 32);

  std::uint32_t bits_;
};

}  // namespace lectern
