#pragma once

#include <string>
#include <vector>

#include "tasks/training/checkpoint.h"

namespace lectern {

/// The mean of the weights of several checkpoints of one model, which translates better than each of
/// them (Vaswani et al. 2017, §6.1). The rest, such as the vocabularies, comes from the first; the
/// optimiser's state is left out. Sums in double. Throws Failure(checkpoint) when they do not fit.
Checkpoint average_checkpoints(const std::vector<std::string>& paths);

}  // namespace lectern
