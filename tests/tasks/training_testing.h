#pragma once

#include <string>

#include "tasks/failure.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace lectern {

inline bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The message of the Failure that `action` must end with, after checking its code.
template <class Action>
std::string failure_of(ExitCode code, Action action) {
  try {
    action();
  } catch (const Failure& failure) {
    CHECK(static_cast<int>(failure.code) == static_cast<int>(code));
    return failure.what();
  }
  FAIL_CHECK("no error");
  return "";
}

}  // namespace lectern
