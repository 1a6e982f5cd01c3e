#include "tensor/ops/elementary_cpu.h"
#include "tensor/ops/recurrent_formulas.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {
namespace {

/// A step's pass over the gates. On a CPU sentences that have ended take no part, so there is no
/// mask; and no number depends on another one, which is what lets the compiler use vectors.
template <class T, class Step>
void pass_over(const Step& step, std::int64_t rows) {
  const auto numbers = kernels::numbers_of<T>(step, [](const Tensor& x) {
    return x.defined() ? const_cast<Tensor&>(x).data<T>() : nullptr;
  });
  kernels::with_cell<CpuMath>(step.cell, numbers, [=](const auto& cell) {
    const std::int64_t width = gates_of(step.cell) * cell.hidden;
    for_each_row(rows, 4 * width, [=](std::int64_t row) {
      const auto here = cell;
      for_independent(0, here.hidden, [=](std::int64_t j) { here.at(row, j); });
    });
  });
}

}  // namespace

template <class T>
void cell_step_kernel(Cpu, const CellStep& step) {
  pass_over<T>(step, step.after.h.dim(0));
}

template <class T>
void cell_step_backward_kernel(Cpu, const CellStepBackward& step) {
  pass_over<T>(step, step.after.h.dim(0));
}

template void cell_step_kernel<float>(Cpu, const CellStep&);
template void cell_step_kernel<double>(Cpu, const CellStep&);
template void cell_step_backward_kernel<float>(Cpu, const CellStepBackward&);
template void cell_step_backward_kernel<double>(Cpu, const CellStepBackward&);

}  // namespace lectern
