#pragma once

#include "nn/door.h"

namespace lectern {

struct Opening {
  int width = 0;
};

}  // namespace lectern
