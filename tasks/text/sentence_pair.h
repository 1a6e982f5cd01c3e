#pragma once

#include <cstdint>
#include <string>

namespace lectern {

/// A sentence and its translation.
struct SentencePair {
  std::string source, target;
  std::int64_t line = 0;  ///< where it stands in its files, counted from 1
};

}  // namespace lectern
