#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace lectern {

/// Gives one input to the parser under test. It may refuse it with an Error; everything else, such
/// as another exception, a signal or a report of a sanitizer, is a fault.
void try_input(const std::string& bytes);

}  // namespace lectern

/// What libFuzzer calls. \see https://llvm.org/docs/LibFuzzer.html
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
