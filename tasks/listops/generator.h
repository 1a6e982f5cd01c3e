#pragma once

#include <vector>

#include "tasks/config/config.h"
#include "tasks/task/made_data.h"

namespace lectern {

/// An expression: a pure function of (settings, seed, part, index).
///
/// Grown from the root as in the Long Range Arena (Tay et al. 2021): a node is an operator with
/// probability ¼ and else a digit, at level task.max_depth always a digit; an operator, any of the
/// four, has 2 … task.max_arguments arguments. Trees outside task.min_length … task.length tokens
/// are thrown away.
/// \return the tokens, without ListOps::whole
/// \throws Failure (usage) where such trees are too rare
std::vector<std::int32_t> draw_expression(const TaskConfig& task, const ExampleKey& key);

}  // namespace lectern
