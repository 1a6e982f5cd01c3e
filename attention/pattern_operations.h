#pragma once

#include "attention/patterns.h"

namespace lectern {

// What the library's patterns multiply, for PatternEntry::operations.

/// Pairs of a query and a key that a window leaves in a sequence of so many tokens; causal, none
/// ahead. Global tokens and a reach of each head's own do not count.
std::int64_t pairs_in_window(const Window& window, std::int64_t length, bool causal);

/// All pairs.
std::int64_t exact_operations(const PatternOptions& options, const SequenceSize& size);
/// The window's pairs, every query's global tokens, what those see, and their own projections.
std::int64_t window_operations(const PatternOptions& options, const SequenceSize& size);
/// All heads at the longest span.
std::int64_t adaptive_span_operations(const PatternOptions& options, const SequenceSize& size);
/// In every round, pairs of sorted positions within reach, those that have met or are not to meet
/// with them, and the projections that tokens are hashed by.
std::int64_t lsh_operations(const PatternOptions& options, const SequenceSize& size);
/// Two products with the carried sums, d_head² numbers, for every token; causal, also the pairs
/// inside a tile of the CPU's kernel.
std::int64_t linear_operations(const PatternOptions& options, const SequenceSize& size);
/// Sums of keys and of values along the length, and all pairs of a query and a sum.
std::int64_t linformer_operations(const PatternOptions& options, const SequenceSize& size);
/// A query by the vectors of all taps, and bands of taps by the values under them, chunk by chunk:
/// their zeros are multiplied.
std::int64_t dynamic_convolution_operations(const PatternOptions& options,
                                            const SequenceSize& size);
/// The tokens of near blocks, and one mean for each of the others.
std::int64_t hierarchical_operations(const PatternOptions& options, const SequenceSize& size);

}  // namespace lectern
