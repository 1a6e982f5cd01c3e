#pragma once

#include <memory>

#include "models/recurrent_translator.h"
#include "models/transformer.h"
#include "tasks/config/config.h"
#include "tasks/translation/vocabularies.h"

namespace lectern {

/// What the table [model] of a configuration means for a Transformer of these vocabularies.
TransformerOptions transformer_options(const Config& config, const Vocabularies& vocabularies);
/// … and for a recurrent translator.
RecurrentTranslatorOptions recurrent_options(const Config& config,
                                             const Vocabularies& vocabularies);

/// The model that model.architecture names.
std::unique_ptr<EncoderDecoder> make_translation_model(const Config& config,
                                                       const Vocabularies& vocabularies,
                                                       Initializer& init);

}  // namespace lectern
