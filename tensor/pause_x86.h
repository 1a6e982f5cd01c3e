#pragma once

#include <immintrin.h>

namespace lectern {

/// Tells the core that this thread only waits, without giving the core away.
inline void pause() { _mm_pause(); }

}  // namespace lectern
