#include "tensor/check.h"

#include <string_view>

namespace lectern {

std::string line_of(const Where& where) {
  constexpr std::string_view here = __FILE__, from_root = "tensor/check.cpp";
  static_assert(here.ends_with(from_root));
  constexpr std::string_view root = here.substr(0, here.size() - from_root.size());
  std::string_view path = where.file;
  if (path.starts_with(root)) path.remove_prefix(root.size());
  // A compiler cache may name files from the folder that each is compiled in.
  while (root.starts_with("../") && path.starts_with("../")) path.remove_prefix(3);
  return text(path, ":", where.line);
}

ProgramError::ProgramError(const std::string& problem, const Where& where)
    : Error(text(line_of(where), ": ", problem)), problem(problem) {}

void fail(const std::string& message, Where where) { throw ProgramError(message, where); }

}  // namespace lectern
