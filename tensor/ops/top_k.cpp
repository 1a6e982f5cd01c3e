#include "tensor/ops/top_k.h"

#include "tensor/launch.h"

namespace lectern {

template <class T>
void top_k_kernel(Cpu, const Tensor& x, TopK& result);
template <class T>
void top_k_kernel(Cuda, const Tensor& x, TopK& result);
template <class T>
void log_sum_exp_kernel(Cpu, const Tensor& x, Tensor& result);
template <class T>
void log_sum_exp_kernel(Cuda, const Tensor& x, Tensor& result);
template <class T>
void rank_rows_kernel(Cpu, const Tensor& x, RankedRows& result);
template <class T>
void rank_rows_kernel(Cuda, const Tensor& x, RankedRows& result);

namespace {

TopK room_for_top_k(const Tensor& x, std::int64_t k, Where where) {
  check(
      x.rank() == 2 && 1 <= k && k <= x.dim(1),
      [&] { return text("top_k of k = ", k, " needs [row, choice >= k], got ", x.shape()); },
      where);
  const std::int64_t rows = x.dim(0);
  return {Tensor({rows, k}, x.dtype(), x.device()), Tensor({rows, k}, DType::i32, x.device())};
}

}  // namespace

TopK top_k(const Tensor& x, std::int64_t k, Where where) {
  TopK result = room_for_top_k(x, k, where);
  launch(
      x, [&](auto device, auto zero) { top_k_kernel<decltype(zero)>(device, x, result); }, where);
  return result;
}

Tensor log_sum_exp(const Tensor& x, Where where) {
  check(
      x.rank() == 2, [&] { return text("log_sum_exp needs [row, choice], got ", x.shape()); },
      where);
  Tensor result({x.dim(0)}, DType::f64, x.device());
  launch(
      x, [&](auto device, auto zero) { log_sum_exp_kernel<decltype(zero)>(device, x, result); },
      where);
  return result;
}

RankedRows rank_rows(const Tensor& x, std::int64_t k, Where where) {
  RankedRows result{room_for_top_k(x, k, where), Tensor({x.dim(0)}, DType::f64, x.device())};
  launch(
      x, [&](auto device, auto zero) { rank_rows_kernel<decltype(zero)>(device, x, result); },
      where);
  return result;
}

}  // namespace lectern
