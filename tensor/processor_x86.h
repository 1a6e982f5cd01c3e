#pragma once

namespace lectern {

/// Bytes of one vector register of the processor that this file is compiled for, and how many
/// registers it has.
#if defined(__AVX512F__)
constexpr int vector_bytes = 64, vector_registers = 32;
#elif defined(__AVX__)
constexpr int vector_bytes = 32, vector_registers = 16;
#else
constexpr int vector_bytes = 16, vector_registers = 16;
#endif

/// True where this file is compiled for a processor that multiplies pairs of bf16. Elsewhere the same
/// is calculated several times slower than f32.
#if defined(__AVX512BF16__)
constexpr bool multiplies_bfloat16_pairs = true;
#else
constexpr bool multiplies_bfloat16_pairs = false;
#endif

}  // namespace lectern
