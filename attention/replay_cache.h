#pragma once

#include <memory>

#include "attention/pattern.h"

namespace lectern {

/// The cache of a causal pattern that brings none: keeps the projected tokens, and runs the pattern
/// over all of them again for every call. Right for whatever is causal, and slow.
/// \param pattern  must live as long as the cache
/// Cost of a call: one pass of the pattern over all tokens so far.
std::unique_ptr<KeyValueCache> replay_cache(const AttentionPattern& pattern, int heads);

}  // namespace lectern
