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

/// The configuration that a checkpoint was trained with, with `overrides` set over it.
Config trained_config(const Checkpoint& checkpoint, const std::vector<Override>& overrides = {});

/// Opens a run for every command that uses a trained model. What a command does not obey it refuses
/// when it is typed (config_flags); what would change nothing of this model is refused here.
/// \param run  a checkpoint's file, or a run folder: see resolve_checkpoint
/// \throws Failure (usage) naming the key; Failure (checkpoint) for what cannot be read
TrainedRun open_run(const std::string& run, const std::vector<Override>& overrides = {});

/// Refuses what was typed and what this use of a run does not obey: `keys` are keys and tables.
/// \param why  `only the best translation is scored`
/// \throws Failure (usage)
void expect_none_of(const std::vector<std::string>& keys, const std::vector<Override>& typed,
                    const std::string& why);

/// What a run was made of: its checkpoint, and every file that its configuration's data may stand for.
/// No output may take their place: see expect_output.
std::vector<std::string> files_of(const TrainedRun& run);

/// The keys that every command on a trained model obeys besides its own: they decide how the model is
/// computed, not what its weights mean. For config_flags.
std::vector<std::string> inference_settings();

}  // namespace lectern
