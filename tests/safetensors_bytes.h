#pragma once

#include <cstdint>
#include <string>

#include "tensor/check.h"

namespace lectern {

/// A safetensors file with this header, as any program may have written it.
inline std::string safetensors(const std::string& header, const std::string& data) {
  const std::uint64_t size = header.size();
  return text(std::string(reinterpret_cast<const char*>(&size), 8), header, data);
}

}  // namespace lectern
