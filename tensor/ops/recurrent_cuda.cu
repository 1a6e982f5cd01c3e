#include "tensor/cuda/loops.h"
#include "tensor/ops/elementary_cuda.h"
#include "tensor/ops/recurrent_formulas.h"

namespace lectern {
namespace {

template <class T>
T* address(const Tensor& x) {
  return x.defined() ? const_cast<Tensor&>(x).device_data<T>() : nullptr;
}

/// Which sentences of a step have ended.
struct Ended {
  const std::int32_t* lengths;  // none: no sentence has
  std::int64_t step;
  __device__ bool operator()(std::int64_t row) const {
    return lengths != nullptr && step >= lengths[row];
  }
};
template <class Step>
Ended ended(const Step& step) {
  return {address<std::int32_t>(step.lengths), step.step};
}

/// The state stays.
template <class T>
__device__ void keep(const kernels::StepNumbers<T>& step, std::int64_t row, std::int64_t j) {
  const std::int64_t s = row * step.hidden + j;
  step.h[s] = step.h_before[s];
  if (step.c != nullptr) step.c[s] = step.c_before[s];
}
/// So does the derivative by it, and the gates have none.
template <class T>
__device__ void keep(const kernels::StepDerivatives<T>& step, std::int64_t row, std::int64_t j,
                     int gates) {
  for (int gate = 0; gate < gates; ++gate) {
    const std::int64_t i = (row * gates + gate) * step.hidden + j;
    step.gates[i] = step.d_sums[i] = T{0};
  }
}

/// A thread for every number of the state; nvcc allows no `__device__` lambda inside a generic one.
template <class Cell>
struct EveryNumber {
  Cell cell;
  Ended ended;
  __device__ void operator()(std::int64_t i) const {
    const std::int64_t row = i / cell.hidden, j = i % cell.hidden;
    ended(row) ? keep(cell, row, j) : cell.at(row, j);
  }
};
template <class Cell>
struct EveryDerivative {
  Cell cell;
  Ended ended;
  int gates;
  __device__ void operator()(std::int64_t i) const {
    const std::int64_t row = i / cell.hidden, j = i % cell.hidden;
    ended(row) ? keep(cell, row, j, gates) : cell.at(row, j);
  }
};

}  // namespace

template <class T>
void cell_step_kernel(Cuda device, const CellStep& step) {
  kernels::with_cell<CudaMath>(
      step.cell, kernels::numbers_of<T>(step, address<T>), [&]<class Cell>(const Cell& cell) {
        for_each_element(device, step.after.h.size(), EveryNumber<Cell>{cell, ended(step)});
      });
}

template <class T>
void cell_step_backward_kernel(Cuda device, const CellStepBackward& step) {
  kernels::with_cell<CudaMath>(
      step.cell, kernels::numbers_of<T>(step, address<T>), [&]<class Cell>(const Cell& cell) {
        for_each_element(device, step.after.h.size(),
                         EveryDerivative<Cell>{cell, ended(step), gates_of(step.cell)});
      });
}

template void cell_step_kernel<float>(Cuda, const CellStep&);
template void cell_step_kernel<double>(Cuda, const CellStep&);
template void cell_step_backward_kernel<float>(Cuda, const CellStepBackward&);
template void cell_step_backward_kernel<double>(Cuda, const CellStepBackward&);

}  // namespace lectern
