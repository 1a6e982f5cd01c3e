#include "attention/ops/lsh/attend_lsh_backward.h"
#include "attention/ops/lsh/attend_lsh_forward.h"
#include "tensor/ops/matmul.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

std::int32_t divide_up(std::int32_t a, std::int32_t b) { return (a + b - 1) / b; }

/// All rounds of one head. The spans of a round share no query, so threads may take them; rounds
/// come one after another, so that what a token has seen grows in a fixed order.
template <class T>
void attend_lsh_head(const LshHead<T>& head, const LshSums<T>& sums, T* log_sum_exp) {
  std::fill_n(sums.maximum, head.length, -std::numeric_limits<T>::infinity());
  std::fill_n(sums.sum, head.length, T{});
  std::fill_n(sums.output, head.length * head.d_head, T{});
  const std::int32_t span = span_of(head.reach), spans = divide_up(head.real, span);
  for (std::int32_t round = 0; round < head.rounds; ++round)
    parallel_for(spans, 4, [&](std::int64_t begin, std::int64_t end) {
      LshForwardRoom<T> room(head);
      for (auto s = static_cast<std::int32_t>(begin); s < end; ++s)
        attend_lsh_span(head, round, {s * span, std::min((s + 1) * span, head.real)}, room, sums);
    });
  for (std::int32_t token = 0; token < head.length; ++token)
    finish_lsh_token(head, token, sums, log_sum_exp[token]);
}

template <class T>
void backward_lsh_head(const LshHead<T>& head, const LshHeadGradients<T>& gradients) {
  LshBackwardRoom<T> room(head);
  const std::int32_t span = span_of(head.reach);
  for (std::int32_t round = 0; round < head.rounds; ++round)
    for (std::int32_t begin = 0; begin < head.real; begin += span)
      backward_lsh_span(head, gradients, round, {begin, std::min(begin + span, head.real)}, room);
  finish_lsh_gradients(head, gradients);
}

/// Counts so many products of a row by a row for every pair of sorted positions within reach. Which
/// of them meet, and whether for the first time, each is asked only after it has been multiplied.
void count_pairs(const LshInputs& in, std::int64_t products) {
  const std::int64_t sequences = in.groups() / std::max<std::int64_t>(in.heads(), 1);
  std::int64_t pairs = 0;
  for (std::int64_t s = 0; s < sequences; ++s) {
    const std::int32_t real = in.order.lengths.defined() ? in.order.lengths.data<std::int32_t>()[s]
                                                         : static_cast<std::int32_t>(in.length());
    const LshReaches& reaches = in.order.reach;
    pairs +=
        reaches.rounds(real, static_cast<std::int32_t>(in.rounds())) * reaches.of(real).pairs(real);
  }
  count_operations(products * 2 * in.d_head() * in.heads() * pairs);
}

/// Numbers for every token of a head.
template <class T>
Tensor by_token(std::int64_t length) {
  return Tensor({length}, dtype_of<T>, cpu);
}

}  // namespace

template <class T>
void attend_lsh_kernel(Cpu, const LshInputs& in, AttendResult& result) {
  count_pairs(in, /*products=*/2);
  const std::int64_t length = in.length(), d_head = in.d_head();
  parallel_for(in.groups(), 1, [&](std::int64_t begin, std::int64_t end) {
    Tensor factors = by_token<T>(length), maxima = by_token<T>(length), sums = by_token<T>(length);
    for (std::int64_t group = begin; group < end; ++group) {
      T* key_factors = factors.data<T>();
      find_key_factors(in.q.data<T>() + group * length * d_head, length, d_head, key_factors);
      attend_lsh_head(lsh_head_of<T>(in, group, key_factors),
                      LshSums<T>{maxima.data<T>(), sums.data<T>(),
                                 result.output.data<T>() + group * length * d_head},
                      result.log_sum_exp.data<T>() + group * length);
    }
  });
}

template <class T>
void attend_lsh_backward_kernel(Cpu, const LshInputs& in, const AttendResult& result,
                                const Tensor& d_output, AttendLshGradients& gradients) {
  count_pairs(in, /*products=*/5);
  const std::int64_t length = in.length(), d_head = in.d_head(), numbers = length * d_head;
  parallel_for(in.groups(), 1, [&](std::int64_t begin, std::int64_t end) {
    Tensor factors = by_token<T>(length), losses = by_token<T>(length), dk = by_token<T>(numbers);
    for (std::int64_t group = begin; group < end; ++group) {
      const std::int64_t first = group * numbers;
      T *key_factors = factors.data<T>(), *weighted_loss = losses.data<T>();
      T *dq = gradients.dq.data<T>() + first, *dv = gradients.dv.data<T>() + first;
      const T *output = result.output.data<T>() + first, *d_out = d_output.data<T>() + first;
      find_key_factors(in.q.data<T>() + first, length, d_head, key_factors);
      for (std::int64_t t = 0; t < length; ++t)
        weighted_loss[t] = dot(output + t * d_head, d_out + t * d_head, d_head);
      for (T* sum : {dq, dk.data<T>(), dv}) std::fill_n(sum, numbers, T{});
      backward_lsh_head(lsh_head_of<T>(in, group, key_factors),
                        LshHeadGradients<T>{result.log_sum_exp.data<T>() + group * length,
                                            weighted_loss, d_out, dq, dk.data<T>(), dv});
    }
  });
}

template void attend_lsh_kernel<float>(Cpu, const LshInputs&, AttendResult&);
template void attend_lsh_kernel<double>(Cpu, const LshInputs&, AttendResult&);
template void attend_lsh_backward_kernel<float>(Cpu, const LshInputs&, const AttendResult&,
                                                const Tensor&, AttendLshGradients&);
template void attend_lsh_backward_kernel<double>(Cpu, const LshInputs&, const AttendResult&,
                                                 const Tensor&, AttendLshGradients&);

}  // namespace lectern
