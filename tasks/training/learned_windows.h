#pragma once

#include <functional>

#include "nn/module.h"
#include "tasks/training/checkpoint.h"
#include "tasks/training/journal.h"

namespace lectern {

// Stage 2 of learned windows (attention/learned_window.h) in a training: the widths are frozen, keys
// farther away than measured attention needs are cut off, and checkpoints keep how far each head
// still sees: what PyTorch calls a buffer, `<pattern>.reach`, i32 `[head]`.

/// Whether the model has learned windows that are not frozen yet.
bool has_growing_windows(Module& model);

/// Freezes them. Every head keeps the shortest reach that drops at most `dropped_mass` of its
/// attention in every call that `run` leads to; the journal is told what that is.
/// \param run  lets the model read held-out text
void freeze_windows(Module& model, const std::function<void()>& run, double dropped_mass,
                    Journal& journal);

/// Adds the reach of frozen windows to a checkpoint, and takes it from one.
void save_windows(Module& model, Checkpoint& checkpoint);
/// Throws Failure(checkpoint) for a reach that does not fit the heads.
void load_windows(Module& model, const Checkpoint& checkpoint);

}  // namespace lectern
