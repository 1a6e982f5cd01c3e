#pragma once

#include <cstdint>

#include "tasks/training/task.h"

namespace lectern {

/// The multiplications and additions of a forward pass over a batch, by formulas: 2 · in · out for every
/// matrix and token, pattern_operations() for every layer and sequence. It is what operations()
/// (tensor/measure.h) counts while the pass runs, and a check on it.
/// \return  0 for a model that is neither one stack of layers that looks at one sequence nor a recurrent
///          language model, for one with a pattern that has no formula, and for an adaptive softmax,
///          whose work depends on the targets
std::int64_t forward_operations_by_formula(Task& task, const Task::Inputs& inputs);

}  // namespace lectern
