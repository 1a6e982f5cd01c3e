#include "tasks/commands/processor.h"

namespace lectern {

// A compiler says what it was told to use by defining names.
constinit const unsigned compiled_instructions = 0
#if defined(__AVX__)
                                                 | 1u << 0
#endif
#if defined(__AVX2__)
                                                 | 1u << 1
#endif
#if defined(__FMA__)
                                                 | 1u << 2
#endif
#if defined(__BMI2__)
                                                 | 1u << 3
#endif
#if defined(__AVX512F__)
                                                 | 1u << 4
#endif
#if defined(__AVX512BW__)
                                                 | 1u << 5
#endif
#if defined(__AVX512CD__)
                                                 | 1u << 6
#endif
#if defined(__AVX512DQ__)
                                                 | 1u << 7
#endif
#if defined(__AVX512VL__)
                                                 | 1u << 8
#endif
#if defined(__AVX512VBMI2__)
                                                 | 1u << 9
#endif
#if defined(__AVX512VNNI__)
                                                 | 1u << 10
#endif
#if defined(__AVX512BITALG__)
                                                 | 1u << 11
#endif
#if defined(__AVX512VPOPCNTDQ__)
                                                 | 1u << 12
#endif
#if defined(__AVX512BF16__)
                                                 | 1u << 13
#endif
    ;

}  // namespace lectern
