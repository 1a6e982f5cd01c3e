#pragma once

#include "models/transformer_options.h"
#include "tasks/config/config.h"
#include "tasks/translation/vocabularies.h"

namespace lectern {

/// What the table [model] of a configuration means for a Transformer of these vocabularies.
TransformerOptions transformer_options(const Config& config, const Vocabularies& vocabularies);

}  // namespace lectern
