#pragma once

#include <arm_neon.h>  // belongs into a file that is named for aarch64

// This file is looked at by the tests `one_definition_is_checked` and `processor_words_are_checked`, and
// never compiled: another file of its house defines the same type.

namespace lectern {

struct Opening {  // "struct Opening {" in a text or a comment is none
  double height = 0;
  const char* said = "namespace lectern { struct Opening { };";
};

}  // namespace lectern
