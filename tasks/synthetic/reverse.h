#pragma once

#include "tasks/synthetic/repeat_task.h"

namespace lectern {

/// `0 w 0 w`, the second w from its end to its beginning: the word 3 1 2 gives
/// 0 3 1 2 0 2 1 3.
std::vector<std::int32_t> reverse_sequence(const std::vector<std::int32_t>& word);

TaskKind reverse_kind();

}  // namespace lectern
