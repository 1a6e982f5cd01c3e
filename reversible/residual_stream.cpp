#include "reversible/residual_stream.h"

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/fixed_point.h"

namespace lectern {

ResidualStream::ResidualStream(const Tensor& x, StreamNumbers numbers)
    : kind_(numbers),
      dtype_(x.dtype()),
      numbers_(numbers == StreamNumbers::floating ? x : to_fixed_point(x)) {}

Tensor ResidualStream::value() const {
  return kind_ == StreamNumbers::floating ? numbers_ : from_fixed_point(numbers_, dtype_);
}

void ResidualStream::add(const Tensor& amount) {
  numbers_ = kind_ == StreamNumbers::floating ? lectern::add(numbers_, amount)
                                              : add_to_fixed_point(numbers_, amount);
}

void ResidualStream::subtract(const Tensor& amount) {
  numbers_ = kind_ == StreamNumbers::floating ? lectern::subtract(numbers_, amount)
                                              : subtract_from_fixed_point(numbers_, amount);
}

}  // namespace lectern
