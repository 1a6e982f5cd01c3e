#pragma once

#include <string>

namespace lectern {

/// Instructions that not every x86-64 processor has and that a compiler uses on its own: bit i of a
/// set of them stands for instruction_names[i].
inline constexpr const char* instruction_names[] = {"AVX",
                                                    "AVX2",
                                                    "FMA",
                                                    "BMI2",
                                                    "AVX-512F",
                                                    "AVX-512BW",
                                                    "AVX-512CD",
                                                    "AVX-512DQ",
                                                    "AVX-512VL",
                                                    "AVX-512VBMI2",
                                                    "AVX-512VNNI",
                                                    "AVX-512BITALG",
                                                    "AVX-512VPOPCNTDQ",
                                                    "AVX-512BF16"};

/// What this program was compiled to use. A constant, so that it can be read before anything runs.
extern const unsigned compiled_instructions;
/// What the processor has.
unsigned processor_instructions();
/// "AVX AVX2 FMA"; "baseline" for none.
std::string names_of(unsigned instructions);

}  // namespace lectern
