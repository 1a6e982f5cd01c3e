#pragma once

#include "tasks/synthetic/repeat_task.h"

namespace lectern {

/// `0 w 0 w`: the second w can be predicted by who remembers the first. The word 3 1 2 gives
/// 0 3 1 2 0 3 1 2. The "duplicate" task of Kitaev et al. 2020, §5.
std::vector<std::int32_t> copy_sequence(const std::vector<std::int32_t>& word);

TaskKind copy_kind();

}  // namespace lectern
