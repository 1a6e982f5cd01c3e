#pragma once

#include <cstdint>

#include "tensor/check.h"

namespace lectern {

/// A tensor did not fit. Nothing is lost: the tensors that are alive stay usable.
class OutOfMemory : public Error {
 public:
  OutOfMemory(std::int64_t bytes, std::int64_t in_use);
};

}  // namespace lectern
