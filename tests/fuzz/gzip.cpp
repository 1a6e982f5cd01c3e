#include "tasks/text/byte_source.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input_file.h"

/// The blocks of a file that begins as a .gz does; what follows, and how it ends, is the fuzzer's.
void lectern::try_input(const std::string& bytes) {
  const InputFile file("\x1f\x8b\x08" + bytes);
  ByteSource source(file.path());
  for (std::size_t read = 0; read < 1 << 24;) {
    const std::string_view block = source.next();
    if (block.empty()) return;
    read += block.size();
  }
}
