#include "tensor/check.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    lectern::try_input(std::string(reinterpret_cast<const char*>(bytes), size));
  } catch (const lectern::Error&) {
  }
  return 0;
}
