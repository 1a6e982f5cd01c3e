// Compiled for the plainest processor of its kind, as start.cpp is, and for the same reason.

#include "tasks/commands/processor.h"

namespace lectern {

unsigned processor_instructions() {
  __builtin_cpu_init();
  const bool has[] = {__builtin_cpu_supports("avx") != 0,
                      __builtin_cpu_supports("avx2") != 0,
                      __builtin_cpu_supports("fma") != 0,
                      __builtin_cpu_supports("bmi2") != 0,
                      __builtin_cpu_supports("avx512f") != 0,
                      __builtin_cpu_supports("avx512bw") != 0,
                      __builtin_cpu_supports("avx512cd") != 0,
                      __builtin_cpu_supports("avx512dq") != 0,
                      __builtin_cpu_supports("avx512vl") != 0,
                      __builtin_cpu_supports("avx512vbmi2") != 0,
                      __builtin_cpu_supports("avx512vnni") != 0,
                      __builtin_cpu_supports("avx512bitalg") != 0,
                      __builtin_cpu_supports("avx512vpopcntdq") != 0,
                      __builtin_cpu_supports("avx512bf16") != 0};
  static_assert(sizeof has / sizeof has[0] == sizeof instruction_names / sizeof *instruction_names);
  unsigned found = 0;
  for (unsigned i = 0; i < sizeof has / sizeof has[0]; ++i) found |= (has[i] ? 1u : 0u) << i;
  return found;
}

}  // namespace lectern
