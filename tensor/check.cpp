#include "tensor/check.h"

namespace lectern {

void fail(const std::string& message, std::source_location where) {
  const std::string path = where.file_name();
  // Show the path from the floor on ("tensor/ops/softmax.cpp"), not the builder's home folder.
  std::size_t start = path.size();
  for (int slashes = 0; start > 0 && slashes < 3; --start)
    if (path[start - 1] == '/' && ++slashes == 3) break;
  throw Error(text(path.substr(start), ":", where.line(), ": ", message));
}

}  // namespace lectern
