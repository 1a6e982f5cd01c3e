#pragma once

#include "autograd/variable.h"

namespace lectern {

/// The tokens of a sequence, seen through the projections of a MultiHeadAttention. All are
/// `[batch, length, d_model]`; in the last three head h is columns `h·d_head … (h+1)·d_head`. Keys and
/// values may have fewer heads, and be narrower (key_value_heads in ops/attention_options.h).
struct ProjectedTokens {
  Variable x;                      ///< before any projection
  Variable queries, keys, values;  ///< where a pattern shares them, `keys` is `queries`
};

}  // namespace lectern
