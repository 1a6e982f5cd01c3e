#pragma once

#include <memory>

#include "tasks/config/config.h"
#include "tasks/training/trainer.h"

namespace lectern {

// What the table [train] of a configuration means for the trainer.

/// How many steps train.max_epochs are.
std::int64_t steps_in_epochs(const TrainConfig& train, Task& task);

TrainerOptions trainer_options(const Config& config, Task& task);
std::unique_ptr<Optimizer> make_optimizer(const Config& config,
                                          std::vector<NamedParameter> parameters);

/// Tells the journal what of these settings cannot do what it is there for: a warm-up that is longer
/// than the training, a mean of the best checkpoints where none is the best.
/// \throws Failure (usage) for early stopping with nothing to validate on: it would never stop
void check_training(const Config& config, Task& task, Journal& journal);

}  // namespace lectern
