#include "tasks/task/split.h"

#include "tasks/failure.h"

namespace lectern {

Split split_named(const std::string& name) {
  for (const Split split : {Split::train, Split::valid, Split::test})
    if (name == name_of(split)) return split;
  throw Failure(ExitCode::usage, "--split " + name + ": choose train, valid or test");
}

std::string name_of(Split split) {
  switch (split) {
    case Split::train: return "train";
    case Split::valid: return "valid";
    case Split::test: break;
  }
  return "test";
}

}  // namespace lectern
