#pragma once

#include <cstdint>

#include "tensor/check.h"

namespace lectern {

/// A tensor or a thread did not fit. Nothing is lost: the tensors that are alive stay usable.
class OutOfMemory : public Error {
 public:
  using Error::Error;
  OutOfMemory(std::int64_t bytes, std::int64_t in_use);
};

}  // namespace lectern
