#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tasks/training/checkpoint.h"

namespace lectern {

/// The mean of the weights of several checkpoints of one model, which translates better than each of
/// them (Vaswani et al. 2017, §6.1). The rest, such as the vocabularies, comes from the first; the
/// optimiser's state is left out. Sums in double.
/// \param compare  is given the first checkpoint and each, itself included, and throws where their
///                 settings differ; names, shapes and bytes are compared here
/// \throws Failure (checkpoint) when they are not of one model, (diverged) when a sum is no number
Checkpoint average_checkpoints(
    const std::vector<std::string>& paths,
    const std::function<void(const Checkpoint&, const Checkpoint&)>& compare = {});

}  // namespace lectern
