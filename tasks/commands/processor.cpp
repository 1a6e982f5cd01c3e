#include "tasks/commands/processor.h"

#include <iterator>

namespace lectern {

std::string names_of(unsigned instructions) {
  std::string names;
  for (std::size_t i = 0; i < std::size(instruction_names); ++i)
    if (instructions & 1u << i)
      names += (names.empty() ? "" : " ") + std::string(instruction_names[i]);
  return names.empty() ? "baseline" : names;
}

}  // namespace lectern
