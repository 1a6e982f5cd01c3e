#include "tasks/commands/processor.h"

#include "tasks/failure.h"

namespace lectern {

std::string compiled_for() {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__)
  return "AVX2";
#else
  return "baseline";
#endif
}

#if defined(__x86_64__)

std::string processor_features() {
  std::string features;
  if (__builtin_cpu_supports("avx2")) features += "AVX2 ";
  if (__builtin_cpu_supports("fma")) features += "FMA ";
  if (__builtin_cpu_supports("avx512f")) features += "AVX-512 ";
  return features.empty() ? "baseline" : features;
}

void expect_processor() {
#if defined(__AVX512F__)
  const bool suffices = __builtin_cpu_supports("avx512f");
#elif defined(__AVX2__)
  const bool suffices = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  const bool suffices = true;
#endif
  if (!suffices)
    throw Failure(ExitCode::internal,
                  text("this program was compiled for ", compiled_for(),
                       ", which this processor "
                       "does not have; build again here, or with -DLECTERN_NATIVE=OFF"));
}

#else

std::string processor_features() { return "not x86-64"; }
void expect_processor() {}

#endif

}  // namespace lectern
