#pragma once

#include <immintrin.h>  // belongs into a file that is named for x86

#include "nn/door.h"

namespace lectern {

struct Opening {
  int width = 0;
};

}  // namespace lectern
