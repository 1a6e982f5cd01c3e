#pragma once

#include <string>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/training/checkpoint.h"

namespace lectern {

/// A trained model, and its configuration as a command wants it.
struct TrainedRun {
  Checkpoint checkpoint;
  Config config;
};

/// Opens a run for every command that uses a trained model, and decides what may still be set: its
/// data and decoding, whom tokens attend to, on which machine. What has gone into the weights, and
/// what only steered the training, is refused rather than ignored; so is a key of [attention] that
/// none of the model's patterns reads.
/// \param run  a checkpoint's file, or a run folder: see resolve_checkpoint
/// \throws Failure (usage) naming the key; Failure (checkpoint) for what cannot be read
TrainedRun open_run(const std::string& run, const std::vector<Override>& overrides = {});

}  // namespace lectern
