#pragma once

#include <string>

#include "tasks/config/settings.h"
#include "tasks/task/task_kind.h"
#include "tasks/translation/translator.h"

namespace lectern {

// What tasks have in common whose model reads a sentence and writes one.

/// TaskTable::check: data.max_length fits into the model, no token sees all others, and the layers of a
/// recurrent network fit together.
void check_encoder_decoder(const Settings& settings);

/// The encoder reads a sentence: TaskKind::example.
/// \param name    which sentence it is
/// \param strict  refuse a sentence that would have to be mended or cut
TrainedExample encoder_example(TrainedModel trained, const std::string& sentence,
                               const std::string& name, bool strict);

}  // namespace lectern
