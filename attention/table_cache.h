#pragma once

#include <memory>

#include "attention/cache.h"

namespace lectern {

/// The cache of attention in which all pairs meet. The keys and values of all tokens lie in one
/// table and stay there; rows are paths through it (TokenPaths).
/// Memory: two rows of d_model numbers for every token that some hypothesis has read; of
/// key_value_heads · d_head where queries share heads of keys.
std::unique_ptr<KeyValueCache> exact_cache(int heads);

/// The cache of cross-attention: a source, projected once. Rows come in groups of equal size, one
/// group for each sentence.
/// \param keys, values  `[sentence, source, d_model]`
/// \param lengths       i32 `[sentence]`, of the sentences without their padding; undefined: all
std::unique_ptr<KeyValueCache> source_cache(int heads, const Tensor& keys, const Tensor& values,
                                            const Tensor& lengths);

}  // namespace lectern
