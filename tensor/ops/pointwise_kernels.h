#pragma once

#include "tensor/ops/formulas.h"
#include "tensor/tensor.h"

namespace lectern::kernels {

template <class T>
void pointwise(Cpu, const Formula& formula, const Tensor& x, Tensor& y);
template <class T>
void pointwise(Cuda, const Formula& formula, const Tensor& x, Tensor& y);
template <class T>
void pointwise_backward(Cpu, const Formula& formula, const Tensor& kept, const Tensor& dy,
                        Tensor& dx);
template <class T>
void pointwise_backward(Cuda, const Formula& formula, const Tensor& kept, const Tensor& dy,
                        Tensor& dx);

}  // namespace lectern::kernels
