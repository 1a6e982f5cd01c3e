#pragma once

#include <vector>

#include "tasks/task/made_data.h"

namespace lectern {

/// `[task]` of listops.
struct ListOpsSettings {
  std::int64_t min_length = 10;     ///< of the shortest expression [tokens]
  std::int64_t length = 128;        ///< of the longest expression [tokens]
  std::int64_t max_depth = 10;      ///< levels of an expression
  std::int64_t max_arguments = 10;  ///< of an operator
  SplitSizes sizes = {};
};

/// An expression: a pure function of (settings, seed, part, index).
///
/// Grown from the root as in the Long Range Arena (Tay et al. 2021): a node is an operator with
/// probability ¼ and else a digit, at level max_depth always a digit; an operator, any of the four,
/// has 2 … max_arguments arguments. Trees outside min_length … length tokens are thrown away.
/// \return the tokens, without ListOps::whole
/// \throws Failure (usage) where such trees are too rare
std::vector<std::int32_t> draw_expression(const ListOpsSettings& settings, const ExampleKey& key);

}  // namespace lectern
