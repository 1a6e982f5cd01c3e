#include "tensor/ops/arithmetic_kernels.h"
#include "tensor/ops/rows_cpu.h"

namespace lectern {
namespace {

/// One walk along the last axis; a step of 0 repeats the operand's number.
template <class T, class F>
void combine_row(std::int64_t width, F operation, const T* a, std::int64_t a_step, const T* b,
                 std::int64_t b_step, T* result) {
  if (a_step == 1 && b_step == 1)
    fill_range(0, width, result, [=](std::int64_t i) { return operation(a[i], b[i]); });
  else if (a_step == 1)
    fill_range(0, width, result, [=, b = *b](std::int64_t i) { return operation(a[i], b); });
  else
    fill_range(0, width, result, [=, a = *a](std::int64_t i) { return operation(a, b[i]); });
}

template <class T, class F>
void combine_rows(const F& operation, const Tensor& a, const Tensor& b,
                  const BroadcastLayout& layout, Tensor& result) {
  const T* x = a.data<T>();
  const T* y = b.data<T>();
  T* out = result.data<T>();
  const std::int64_t width = layout.width();
  const std::int64_t a_step = layout.a_step[layout.rank - 1];
  const std::int64_t b_step = layout.b_step[layout.rank - 1];
  if (layout.rank == 1) {
    for_element_blocks(width, [&](std::int64_t begin, std::int64_t end) {
      combine_row(end - begin, operation, x + begin * a_step, a_step, y + begin * b_step, b_step,
                  out + begin);
    });
    return;
  }
  for_each_row(layout.rows(), width, [&](std::int64_t row) {
    combine_row(width, operation, x + layout.offset(row, layout.a_step), a_step,
                y + layout.offset(row, layout.b_step), b_step, out + row * width);
  });
}

}  // namespace

template <class T>
void kernels::combine(Cpu, const Operation& operation, const Tensor& a, const Tensor& b,
                      const BroadcastLayout& layout, Tensor& result) {
  std::visit([&](const auto& f) { combine_rows<T>(f, a, b, layout, result); }, operation);
}

template <class T>
void kernels::scale(Cpu, const Tensor& x, double factor, Tensor& result) {
  const T* in = x.data<T>();
  const T f = static_cast<T>(factor);
  fill_each(x.size(), result.data<T>(), [=](std::int64_t i) { return f * in[i]; });
}

template void kernels::scale<float>(Cpu, const Tensor&, double, Tensor&);
template void kernels::scale<double>(Cpu, const Tensor&, double, Tensor&);
template void kernels::combine<float>(Cpu, const Operation&, const Tensor&, const Tensor&,
                                      const BroadcastLayout&, Tensor&);
template void kernels::combine<double>(Cpu, const Operation&, const Tensor&, const Tensor&,
                                       const BroadcastLayout&, Tensor&);

}  // namespace lectern
