#pragma once

#include "tasks/training/trainer.h"

namespace lectern {

/// Progress as metadata of a checkpoint and back, every double exact.
void write_progress(const Progress& progress, Checkpoint& checkpoint);
/// \throws Failure (checkpoint) for a number that no run writes, naming it
Progress read_progress(const Checkpoint& checkpoint);

/// The number of a tensor that has only one, f32 or f64.
double scalar(const Tensor& tensor);

}  // namespace lectern
