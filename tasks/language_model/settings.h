#pragma once

#include <cstdint>

namespace lectern {

/// `[task]` of a language model.
struct LanguageModelSettings {
  std::int64_t length = 128;  ///< of a window [tokens]
  double valid_share = 0.1;  ///< of data.train, held out to validate on where data.valid is not set
  std::int64_t piece = std::int64_t{1} << 25;  ///< read, and shuffled, at a time [tokens]
  std::int64_t stride = 0;    ///< in scoring, from window to window [tokens]; 0: side by side
  std::int64_t cache = 0;     ///< in scoring, a continuous cache of so many tokens
  double cache_theta = 0.1;   ///< its θ: how much alike the states must be
  double cache_lambda = 0.1;  ///< its λ: the cache's share of the probability
};

/// A table of its own for each of 256 bytes: no tokenizer, no unknown word, any language.
inline constexpr std::int64_t byte_vocab = 256;

}  // namespace lectern
