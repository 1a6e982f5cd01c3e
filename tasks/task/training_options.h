#pragma once

#include <memory>

#include "tasks/config/config.h"
#include "tasks/training/trainer.h"

namespace lectern {

// What the table [train] of a configuration means for the trainer.

TrainerOptions trainer_options(const Config& config);
std::unique_ptr<Optimizer> make_optimizer(const Config& config, Module& model);

}  // namespace lectern
