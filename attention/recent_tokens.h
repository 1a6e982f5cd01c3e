#pragma once

#include <memory>

#include "attention/pattern.h"

namespace lectern {

/// A memory for patterns that are attend_fused through some mask and bias: it keeps the last `most`
/// tokens of every sequence, side by side, and lets the newest one look back at them.
/// Cost of a token: a copy of what is kept, and attention over it.
std::unique_ptr<AttentionPattern::Memory> remember_recent(const AttentionOptions& options,
                                                          std::int64_t most);

}  // namespace lectern
