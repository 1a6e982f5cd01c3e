#pragma once

#include <string>

namespace lectern {

/// The vector instructions that this program was compiled to use: "AVX-512", "AVX2", "baseline".
std::string compiled_for();
/// Those that the processor offers.
std::string processor_features();
/// Throws Failure(internal) when the processor lacks what the program was compiled for: better a
/// sentence than an illegal instruction.
void expect_processor();

}  // namespace lectern
