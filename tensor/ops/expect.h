#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// Throws unless both operands of `op` have the same dtype and lie on the same device.
inline void expect_alike(const char* op, const Tensor& a, const Tensor& b,
                         Where where = Where::current()) {
  check(
      a.dtype() == b.dtype() && a.device() == b.device(),
      [&] {
        return text(op, " got ", a.dtype(), " on ", a.device(), " and ", b.dtype(), " on ",
                    b.device(), "; convert one of them, for example with cast()");
      },
      where);
}

/// The same, and the same shape.
inline void expect_same_shape(const char* op, const Tensor& a, const Tensor& b,
                              Where where = Where::current()) {
  expect_alike(op, a, b, where);
  check(
      a.shape() == b.shape(),
      [&] { return text(op, " needs equal shapes, got ", a.shape(), " and ", b.shape()); }, where);
}

/// Throws unless the tensor has an innermost axis: the one that `op` works along.
inline void expect_rows(const char* op, const Tensor& x, Where where = Where::current()) {
  check(
      x.rank() >= 1, [&] { return text(op, " works along the last axis; a scalar has none"); },
      where);
}

/// Throws unless it is a probability of dropping that leaves something.
inline void expect_probability(double probability, Where where = Where::current()) {
  check(
      probability >= 0 && probability < 1,
      [&] {
        return text("dropout needs a probability from 0 up to, but not including, 1; got ",
                    probability);
      },
      where);
}

}  // namespace lectern
