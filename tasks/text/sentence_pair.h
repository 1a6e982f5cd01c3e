#pragma once

#include <string>

namespace lectern {

/// A sentence and its translation.
struct SentencePair {
  std::string source, target;
};

}  // namespace lectern
