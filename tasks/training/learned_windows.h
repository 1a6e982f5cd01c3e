#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

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

/// σ of every head, layer after layer; none where no window is learned.
std::vector<double> widths_of(Module& model);

/// What learned windows have become: means over all heads.
struct WindowSummary {
  double sigma = 0.0;             ///< [tokens]
  double effective_tokens = 0.0;  ///< the bell's area, \f$ \sqrt{2\pi}\,\sigma \f$, or `length`
  double reach = -1.0;            ///< keys seen to either side; −1: all, as before the freeze
};
/// \param length  of the longest sequence
/// \return        nothing where no window is learned
std::optional<WindowSummary> summary_of_windows(Module& model, std::int64_t length);

/// Adds the reach of frozen windows to a checkpoint, and takes it from one.
void save_windows(Module& model, Checkpoint& checkpoint);
/// Throws Failure(checkpoint) for a reach that does not fit the heads.
void load_windows(Module& model, const Checkpoint& checkpoint);

}  // namespace lectern
