#include "tasks/text/lines.h"

#include <stdexcept>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input_file.h"

/// The lines of a text, plain or behind the first bytes of a .gz, and mended into UTF-8.
void lectern::try_input(const std::string& bytes) {
  const InputFile file(bytes);
  for (const std::string& line : read_lines(file.path()))
    if (mended(line, {}) != line) throw std::logic_error("a line was not mended");
  read_lines(file.path(), {.verbatim = true});
}
