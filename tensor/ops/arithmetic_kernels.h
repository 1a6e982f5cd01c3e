#pragma once

#include <functional>
#include <variant>

#include "tensor/ops/broadcast_layout.h"
#include "tensor/tensor.h"

namespace lectern {

// What two numbers become, on any device; the names are those of arithmetic.h and compare.h.

struct Maximum {
  template <class T>
  constexpr T operator()(T a, T b) const {
    return a >= b || a != a ? a : b;
  }
};

/// How much of the derivative by the larger of two numbers belongs to the first one: all, nothing, or
/// half of it where they are equal.
struct ShareOfLarger {
  template <class T>
  constexpr T operator()(T a, T b) const {
    return a > b ? T{1} : a < b ? T{0} : T{0.5};
  }
};

struct IsGreater {
  template <class T>
  constexpr T operator()(T a, T b) const {
    return a > b ? T{1} : T{0};
  }
};

struct IsEqual {
  template <class T>
  constexpr T operator()(T a, T b) const {
    return a == b ? T{1} : T{0};
  }
};

struct KeepWhere {
  template <class T>
  constexpr T operator()(T condition, T x) const {
    return condition != T{0} ? x : T{0};
  }
};

struct KeepWhereNot {
  template <class T>
  constexpr T operator()(T condition, T x) const {
    return condition != T{0} ? T{0} : x;
  }
};

using Operation = std::variant<std::plus<>, std::minus<>, std::multiplies<>, std::divides<>,
                               Maximum, ShareOfLarger, IsGreater, IsEqual, KeepWhere, KeepWhereNot>;

/// operation(a, b) for every pair of numbers, after broadcasting.
/// \param name  of the op, for its errors
Tensor combine(const char* name, const Operation& operation, const Tensor& a, const Tensor& b,
               Where where);

namespace kernels {

template <class T>
void combine(Cpu, const Operation& operation, const Tensor& a, const Tensor& b,
             const BroadcastLayout& layout, Tensor& result);
template <class T>
void combine(Cuda, const Operation& operation, const Tensor& a, const Tensor& b,
             const BroadcastLayout& layout, Tensor& result);
template <class T>
void scale(Cpu, const Tensor& x, double factor, Tensor& result);
template <class T>
void scale(Cuda, const Tensor& x, double factor, Tensor& result);

}  // namespace kernels
}  // namespace lectern
