#pragma once

#include <memory>
#include <vector>

#include "tasks/text/tokenizer.h"

namespace lectern {

/// The vocabulary of a model from elsewhere. Our special tokens come first, and a mask behind all
/// others; so its tokens have other numbers here, and the rows of the model's tables another order.
struct ImportedTokenizer {
  std::unique_ptr<Tokenizer> tokenizer;
  /// For each row of our tables, which one it is of theirs; `absent`: they have no such token.
  std::vector<std::int32_t> order;

  static constexpr std::int32_t absent = -1;
};

}  // namespace lectern
