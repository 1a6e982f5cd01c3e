#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// What the numbers of a residual stream are kept as.
enum class StreamNumbers {
  floating,    ///< as they come; taking away what was added leaves a rounding error
  fixed_point  ///< i32, in steps of 2⁻²⁰ (tensor/ops/fixed_point.h), which leaves none
};

/// One of the two streams that run through a reversible network. Functions of the network add to it
/// on the way up; on the way back the same amounts are taken away again.
class ResidualStream {
 public:
  ResidualStream() = default;
  ResidualStream(const Tensor& x, StreamNumbers numbers);

  /// The stream as the network's functions see it, in the dtype that it was made of.
  Tensor value() const;
  void add(const Tensor& amount);
  void subtract(const Tensor& amount);

  /// On the way back: the loss's derivative by the stream as it is now.
  Tensor gradient;

 private:
  StreamNumbers kind_ = StreamNumbers::floating;
  DType dtype_ = DType::f32;
  Tensor numbers_;
};

}  // namespace lectern
