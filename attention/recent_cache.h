#pragma once

#include <memory>

#include "attention/cache.h"
#include "attention/ops/attention_options.h"

namespace lectern {

/// A rolling (sliding-window) cache, for patterns that are attention through some mask and bias and
/// see only so far back: windows, learned windows, spans.
/// \param options  heads, window and bias; the mask is causal
/// \param reach    a token sees none that is farther back [tokens]
/// Memory: of each row at most twice the tokens within reach. Cost of a token: attention over
/// those; with a bias also a copy of them.
std::unique_ptr<KeyValueCache> recent_cache(const AttentionOptions& options, std::int64_t reach);

}  // namespace lectern
