#pragma once

#include "models/transformer_options.h"
#include "nn/optim/optimizer.h"
#include "tasks/config/config.h"
#include "tasks/training/trainer.h"
#include "tasks/translation/vocabularies.h"

namespace lectern {

/// What the tables of a configuration mean for the parts of the library.
TransformerOptions transformer_options(const Config& config, const Vocabularies& vocabularies);
TrainerOptions trainer_options(const Config& config);
std::unique_ptr<Optimizer> make_optimizer(const Config& config, Module& model);

}  // namespace lectern
