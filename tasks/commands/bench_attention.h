#pragma once

#include <string>

#include "tasks/benchmark/attention_patterns.h"

namespace lectern {

/// Prints what every pattern of attention costs in time and memory at each length, how both grow,
/// and from which length a pattern is faster than exact attention.
/// \param page  where to draw the same as curves; empty: nowhere
void bench_attention(const PatternBench& bench, const std::string& page);

}  // namespace lectern
