#pragma once

#include "tasks/task/task_kind.h"

namespace lectern {

/// Learning to translate from pairs of sentences; measured by BLEU, chrF and perplexity.
TaskKind translation_kind();

}  // namespace lectern
